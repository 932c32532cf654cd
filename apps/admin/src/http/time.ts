import { firstIdAt } from '@eventhooks/database';
import { apiError } from './api-error.ts';
import type { Call } from './call.ts';
import { queryText } from './page.ts';

const EPOCH_SECONDS = /^\d{1,12}(\.\d{1,6})?$/;

/** A query parameter that is a time (ISO 8601 or epoch seconds) as the first id of that time, or null. */
export function queryIdAt(call: Call, name: string): string | null {
  const text = queryText(call, name);
  if (text === null) return null;
  const timeMs = parseTimeMs(text);
  if (timeMs === null) throw apiError('bad_request', `${name}: ${TIME_FAULT}`);
  return firstIdAt(timeMs);
}

export const TIME_FAULT = 'expected an ISO 8601 time or epoch seconds';
/** The last day that PostgreSQL and ids can both hold. */
const LATEST_MS = Date.UTC(9999, 11, 31);

/** ISO 8601 or epoch seconds in ms since the epoch; null for anything else. */
export function parseTimeMs(value: string | number): number | null {
  const text = String(value).trim();
  const timeMs = EPOCH_SECONDS.test(text) ? Number(text) * 1000 : Date.parse(text);
  return Number.isFinite(timeMs) && timeMs >= 0 && timeMs <= LATEST_MS ? timeMs : null;
}
