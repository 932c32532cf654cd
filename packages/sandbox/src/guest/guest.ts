import type { GuestLimits } from './item-loop.ts';

export interface LoadRequest {
  sources: string[];
  limits: GuestLimits;
  /** What an earlier load of the same sources gave as `cache`. */
  cache: string | null;
}

/** `cache` is text that spares the isolate's next context the work of compiling. `at` is the index of the faulty source. */
export type LoadResult =
  | { ok: true; cache?: string }
  | { ok: false; kind: 'syntax' | 'runtime'; message: string; at: number };

/** What a bundle leaves in the snapshot for the runner. Only texts and one shared array of numbers cross. */
export interface Guest {
  /** Compiles without running: from JSON text of the sources to that of `SourceFault[]`. */
  check?(sources: string): string;
  /** From JSON text of a `LoadRequest` to that of a `LoadResult`. */
  load(request: string, progress: SharedArrayBuffer): string;
  /** See `createItemLoop`. */
  run(batch: string[] | null): string;
}

/** The fourth argument of lambdas. Kong passes the number of the nginx worker; here there is none to tell. */
export const PID = 0;

/** The global that carries the guest from the snapshot into a fresh context, where the runner takes it away. */
export const GUEST_GLOBAL = '__eventhooksGuest';

/**
 * Globals that user code must not have: memory beyond the isolate's limit, memory shared with others, threads' waits, and
 * callbacks that run when no run is being watched.
 */
export const REMOVED_GLOBALS = ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'FinalizationRegistry', 'WeakRef'];

/** `last` gives what the call before returned, empty if it threw: isolated-vm loses a result when a promise was rejected. */
export type GuestCommand = keyof Guest | 'last';

/** Leaves one function for the runner: the name of what to call, then its arguments. */
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
