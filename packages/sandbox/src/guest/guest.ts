import type { GuestLimits } from './item-loop.ts';

export interface LoadRequest {
  sources: string[];
  limits: GuestLimits;
  /** The `cache` that an earlier load of the same sources returned. */
  cache: string | null;
}

/** `cache` saves the isolate's next context from compiling again. `at` is the index of the faulty source. */
export type LoadResult =
  | { ok: true; cache?: string }
  | { ok: false; kind: 'syntax' | 'runtime'; message: string; at: number };

/** The functions that a bundle leaves in the snapshot for the runner. Only texts and one shared array of numbers cross. */
export interface Guest {
  /** Compiles without running: from JSON text of the sources to that of `SourceFault[]`. */
  check?(sources: string): string;
  /** Takes a `LoadRequest` and returns a `LoadResult`, both as JSON text. Called once per context, before user code has run there. */
  load(request: string, progress: SharedArrayBuffer): string;
  /** See `createItemLoop`. */
  run(batch: string[] | null): string;
}

/** The fourth argument of lambdas. Kong passes the number of the nginx worker, which has no counterpart here. */
export const PID = 0;

/** The global that carries the guest from the snapshot into a fresh context. The runner deletes it there. */
export const GUEST_GLOBAL = '__eventhooksGuest';

/**
 * Globals that user code must not have. They give memory beyond the isolate's limit, memory shared with others, blocking
 * waits, or callbacks while nothing is being watched.
 */
export const REMOVED_GLOBALS = ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'FinalizationRegistry', 'WeakRef'];

/** `last` repeats the last call's result, empty if it threw: isolated-vm drops a result when a promise was rejected. */
export type GuestCommand = keyof Guest | 'last';

/** Leaves one function for the runner. It takes a command's name, then the command's arguments. */
export function offerGuest({ check, load, run }: Guest): void {
  let last = '';
  const call = (command: GuestCommand, argument: never, progress: SharedArrayBuffer): string => {
    if (command === 'check') return check?.(argument) ?? '[]';
    return command === 'load' ? load(argument, progress) : run(argument);
  };
  const guest = (command: GuestCommand, argument: never, progress: SharedArrayBuffer): string => {
    if (command === 'last') return last;
    last = '';
    last = call(command, argument, progress);
    return last;
  };
  Object.defineProperty(globalThis, GUEST_GLOBAL, { value: guest, configurable: true });
}
