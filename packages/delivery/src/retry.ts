/** Waits are spread by this share to either side, so that deliveries which failed together are not due together. */
const jitter = 0.1;

/**
 * The wait in ms before the next attempt, jittered by ±10 %; null when the schedule is exhausted.
 *
 * @param failedAttempts attempts made so far, all failed; 1 or more
 */
export function retryDelayMs(
  scheduleMs: readonly number[],
  failedAttempts: number,
  random: () => number = Math.random,
): number | null {
  const waitMs = scheduleMs[failedAttempts - 1];
  if (waitMs === undefined) return null;
  return Math.round(waitMs * (1 - jitter + 2 * jitter * random()));
}
