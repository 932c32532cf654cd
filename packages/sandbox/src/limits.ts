/** The limits of user code and of the runners. Times are in milliseconds, sizes as their names say. */
export interface SandboxLimits {
  /** CPU time of one run: one event through a hook's templates, or through all its functions. */
  runCpuMs: number;
  /** Wall time of one run. Far above `runCpuMs`, so that no run fails on a busy machine, and a run that sleeps still ends. */
  runWallMs: number;
  /** Memory of one isolate. isolated-vm may let a hostile script have two or three times as much before it ends. */
  memoryMib: number;
  /** The result of one run with its log lines, measured as UTF-8 JSON text. */
  outputBytes: number;
  /** Log lines of one run, and all their characters together. More are dropped, and the last line counts them. */
  logLines: number;
  logChars: number;
  /** Error text of one run. */
  errorChars: number;
  /** A task ends once it has used this much CPU time, so that other hooks get the runner. */
  taskCpuMs: number;
  /** Runs of one call that may break `timeout` or `memory` or lose their runner before the rest is given up. */
  strikesPerCall: number;
  /** How long a hook that used up a task's CPU time is sent to the slow runner. */
  slowMs: number;
  /** Tasks that may wait for the slow runner, in all and per hook. More fail at once. */
  slowQueue: number;
  slowQueuePerHook: number;
  /** Isolates that a runner keeps warm, and the heap size above which it does not keep one. */
  warmIsolates: number;
  warmHeapMib: number;
  /** Characters of event data that a task carries into an isolate. More items make more tasks. */
  crossingChars: number;
  /**
   * A runner is replaced once it has used this much CPU time, done this many runs, or has this much memory. One that
   * grows by this much memory within a task is killed.
   */
  runnerCpuMs: number;
  runnerRuns: number;
  runnerRssMib: number;
  /** A runner with nothing to do for this long is ended. */
  runnerIdleMs: number;
  /** How long a new runner may take until it is ready. */
  runnerStartMs: number;
}

export const DEFAULT_LIMITS: SandboxLimits = {
  runCpuMs: 250,
  runWallMs: 5_000,
  memoryMib: 64,
  outputBytes: 256 * 1024,
  logLines: 100,
  logChars: 16 * 1024,
  errorChars: 2_048,
  taskCpuMs: 250,
  strikesPerCall: 3,
  slowMs: 60_000,
  slowQueue: 100,
  slowQueuePerHook: 4,
  warmIsolates: 16,
  warmHeapMib: 24,
  crossingChars: 2 * 1024 * 1024,
  runnerCpuMs: 30_000,
  runnerRuns: 250_000,
  runnerRssMib: 512,
  runnerIdleMs: 60_000,
  runnerStartMs: 15_000,
};
