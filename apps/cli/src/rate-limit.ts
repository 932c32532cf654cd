import type { RateLimit } from '@eventhooks/contract';
import { InvalidArgumentError, Option } from 'commander';
import { plain } from './output.ts';

/** `--rate-limit`, as tokens, workspaces and inbound endpoints take it. */
export function rateLimitOption(): Option {
  return new Option(
    '--rate-limit <events>',
    "events per second that may be published, such as '100', or '100/500' for up to 500 at once; 'none' lifts the limit",
  ).argParser(parseRateLimit);
}

/** The option's value. `none` stands for null, which commander takes for no value at all. */
export type GivenRateLimit = RateLimit | 'none';

function parseRateLimit(text: string): GivenRateLimit {
  if (text === 'none') return text;
  const [, rate, burst] = /^(\d{1,7})(?:\/(\d{1,7}))?$/.exec(text) ?? [];
  if (rate === undefined) throw new InvalidArgumentError("Expected a number such as '100', '100/500', or 'none'.");
  return burst === undefined ? Number(rate) : { rate: Number(rate), burst: Number(burst) };
}

/** The field of a body; undefined leaves it as it is. */
export function toRateLimit(given: GivenRateLimit | undefined): RateLimit | null | undefined {
  return given === 'none' ? null : given;
}

/** A limit as the option is written. */
export function formatRateLimit(limit: RateLimit | null): string {
  if (limit === null) return '';
  if (typeof limit === 'number') return plain(limit);
  return limit.burst === undefined ? plain(limit.rate) : `${plain(limit.rate)}/${plain(limit.burst)}`;
}
