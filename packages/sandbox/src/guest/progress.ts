/**
 * Numbers shared between an isolate and its runner: the item that is running, and what the last slice wants next. The
 * runner reads the first one while the isolate is busy, and so learns which item overran. It takes both for hints: no
 * limit rests on them (runner/watch.ts).
 */
export const PROGRESS = { item: 0, state: 1 } as const;
export const PROGRESS_LENGTH = 2;

/** The item's number while the sources are being loaded. */
export const LOADING = -1;

/** Values of `PROGRESS.state`. */
export const STATE = {
  /** Call `run` again for the rest. */
  more: 0,
  finished: 1,
  /** The rest must not run in this context, because the last item left it unusable. */
  spoiled: 2,
} as const;
