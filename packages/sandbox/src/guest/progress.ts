/**
 * Two numbers shared between an isolate and its runner (a SharedArrayBuffer that only the glue can reach): which item is
 * running, and what the last call of `run` wants next. The runner reads the first while the isolate is busy, and so
 * knows which item overran.
 */
export const ITEM_SLOT = 0;
export const STATE_SLOT = 1;
export const PROGRESS_SLOTS = 2;

/** `ITEM_SLOT` while the sources are being loaded. */
export const LOADING = -1;

/** Values of `STATE_SLOT`. */
export const STATE = {
  /** Call `run` again for the rest. */
  more: 0,
  finished: 1,
  /** The rest must not run in this context: what it ran last left it unusable. */
  spoiled: 2,
} as const;
