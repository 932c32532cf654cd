/** What user code may use. Times in milliseconds, sizes as their names say. */
export interface SandboxLimits {
  /** CPU time of one run: one event through a hook's templates, or through all its functions. */
  runCpuMs: number;
  /** Wall time of one run; far above `runCpuMs`, so that a busy machine breaks no promise, yet bounds a run that sleeps. */
  runWallMs: number;
  /** Memory of one isolate. isolated-vm may let a hostile script have two or three times as much before it ends. */
  memoryMib: number;
  /** Result of one run, log lines included, measured as UTF-8 JSON text. */
  outputBytes: number;
  /** Log lines of one run, and all their characters together; what is beyond is dropped and said so in the last line. */
  logLines: number;
  logChars: number;
  /** Error text of one run. */
  errorChars: number;
  /** A hook yields its runner to others once its batch has used this much CPU time. */
  turnCpuMs: number;
  /** Runs of one batch that may break `timeout` or `memory` or lose their runner before the rest is given up. */
  strikesPerBatch: number;
  /** How long a hook that used up a turn shares the slow runner with its like. */
  slowMs: number;
  /** Batches that may wait for the slow runner, in all and of one hook; what is beyond fails at once. */
  slowQueue: number;
  slowQueuePerHook: number;
  /** Isolates that a runner keeps warm, and the heap beyond which one is not kept. */
  warmIsolates: number;
  warmHeapMib: number;
  /** Characters of event data that cross into an isolate at once; a larger batch crosses in parts. */
  crossingChars: number;
  /**
   * A runner is replaced once it has used this much CPU time, done this many runs, or has this much memory; one that grows
   * by this much within a turn is ended.
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
  turnCpuMs: 250,
  strikesPerBatch: 3,
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
