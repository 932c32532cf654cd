import { z } from 'zod';
import { HOOK_LIMITS } from './hook-limits.ts';

export const RATE_LIMITS = {
  eventsPerSecond: HOOK_LIMITS.rateLimit,
  burst: 1_000_000,
} as const;

const rate = z.int().min(1).max(RATE_LIMITS.eventsPerSecond);
const burst = z.int().min(1).max(RATE_LIMITS.burst);

const rateAndBurst = z.strictObject({ rate, burst: burst.optional() }).meta({ id: 'RateLimit' });

/** The `rate_limit` of a token, a workspace or an inbound endpoint; null for none. A hook's limits deliveries, and is an integer. */
export const rateLimitSchema = z
  .union([rate, rateAndBurst, z.null()])
  .meta({ description: 'Events per second over all admins, and how many may come at once (as many by default).' });
export type RateLimit = Exclude<z.output<typeof rateLimitSchema>, null>;

/** A limit with its burst, which is the rate where none is given. */
export function completeRateLimit(limit: RateLimit): { rate: number; burst: number } {
  const { rate: perSecond, burst: atOnce } = typeof limit === 'number' ? { rate: limit } : limit;
  return { rate: perSecond, burst: atOnce ?? perSecond };
}
