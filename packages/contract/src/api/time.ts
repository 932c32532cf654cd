import { z } from 'zod';
import { parseTimeMs, TIME_FAULT } from '../times.ts';

/** Our own times are printed as RFC 3339 in UTC; Kong's entities have epoch seconds. */
export const time = z.iso.datetime();

/** A time in a query: ms since the epoch, once read. */
export const timeQuery = z
  .string()
  .meta({ description: 'RFC 3339 (UTC where no zone is given), or epoch seconds.' })
  .transform(toTimeMs);

/** A time in a body: ms since the epoch, once read. */
export const timeInput = z.union([z.string().max(64), z.number()]).transform(toTimeMs);

function toTimeMs(value: string | number, context: z.core.$RefinementCtx): number {
  const timeMs = parseTimeMs(value);
  if (timeMs !== null) return timeMs;
  // A `+` that was not encoded arrives as a space.
  const hint = / \d\d:\d\d$/.test(String(value)) ? '; in a URL a + is written %2B' : '';
  context.addIssue({ code: 'custom', message: TIME_FAULT + hint });
  return z.NEVER;
}
