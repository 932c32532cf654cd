import type { AttemptOutcome } from '../delivery/outcome.ts';

const firstDelayMs = 1_000;
const longestDelayMs = 60_000;
/** The longest that a receiver's `Retry-After` puts off a probe. */
const longestWishMs = 3_600_000;

/**
 * The wait before a breaker's next probe. It doubles with each failed probe and is jittered by ±20 %. It is no longer than
 * the longest wait of the retry schedule, because a hook with quick retries should recover quickly, and no shorter than the
 * receiver asked for.
 */
export function chooseProbeDelayMs(
  scheduleMs: readonly number[],
  failedProbes: number,
  outcome: AttemptOutcome,
): number {
  const longestMs = Math.min(longestDelayMs, Math.max(firstDelayMs, ...scheduleMs));
  const delayMs = Math.min(longestMs, firstDelayMs * 2 ** Math.min(failedProbes, 10));
  const wishMs = outcome.ok ? 0 : Math.min(outcome.retryAfterMs ?? 0, longestWishMs);
  return Math.max(delayMs * (0.8 + 0.4 * Math.random()), wishMs);
}
