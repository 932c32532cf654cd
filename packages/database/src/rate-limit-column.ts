import type { RateLimit } from '@eventhooks/contract';

/** The text of a column `rate_limit`. */
export function printRateLimit(limit: RateLimit | null): string | null {
  return limit === null ? null : JSON.stringify(limit);
}
