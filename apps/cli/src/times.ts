import { parseTimeMs, TIME_FAULT } from '@eventhooks/contract/times';
import { InvalidArgumentError } from 'commander';
import ms from 'ms';

/** A point in time for the API: `15m` or `2h` ago, or a time as the API takes it. */
export function parseTime(text: string): string {
  const agoMs = parseDuration(text);
  const timeMs = agoMs === null ? parseTimeMs(text) : Date.now() - agoMs;
  if (timeMs === null) throw new InvalidArgumentError(`expected '15m' or '2h' (ago); else ${TIME_FAULT}`);
  return new Date(timeMs).toISOString();
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
