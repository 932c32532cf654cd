import { firstIdAt } from '@eventhooks/database';
import { apiError } from './api-error.ts';
import type { Call } from './call.ts';
import { queryText } from './page.ts';

const EPOCH_SECONDS = /^\d{1,12}(\.\d{1,6})?$/;

/** A query parameter that is a time (ISO 8601 or epoch seconds) as the first id of that time, or null. */
export function queryIdAt(call: Call, name: string): string | null {
  const text = queryText(call, name);
  if (text === null) return null;
  const timeMs = EPOCH_SECONDS.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (!Number.isFinite(timeMs)) throw apiError('bad_request', `${name}: expected an ISO 8601 time or epoch seconds`);
  return firstIdAt(timeMs);
}
