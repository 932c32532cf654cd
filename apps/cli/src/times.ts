import { InvalidArgumentError } from 'commander';
import ms from 'ms';

/** A point in time for the API: `15m` or `2h` ago, an ISO 8601 time, or epoch seconds. */
export function parseTime(text: string): string {
  if (/^\d{1,12}$/.test(text)) return text;
  const agoMs = parseDuration(text);
  if (agoMs !== null) return new Date(Date.now() - agoMs).toISOString();
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError("expected '15m' or '2h' (ago), or an ISO 8601 time");
  return time.toISOString();
}

/** `15m`, `2h`, `30d` in ms, or null. */
export function parseDuration(text: string): number | null {
  if (!/^\d{1,6} ?[a-z]+$/i.test(text)) return null;
  const value: number | undefined = ms(text as ms.StringValue);
  return value ?? null;
}

/** A whole number of at least `least`. */
export function parseCount(least = 0): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`expected a whole number of at least ${least}`);
    }
    return value;
  };
}
