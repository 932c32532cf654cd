import type { Request } from 'express';
import { ApiError } from './errors.ts';

/** Reads a query parameter that is a time: ISO 8601, or epoch seconds. In ms since the epoch; null when it is not given. */
export function readTime(request: Request, name: string): number | null {
  const text = request.query[name];
  if (text === undefined) return null;
  const time = /^\d{1,12}(\.\d+)?$/.test(String(text)) ? Number(text) * 1000 : Date.parse(String(text));
  if (!Number.isFinite(time)) throw new ApiError('bad_request', `${name}: expected an ISO 8601 time or epoch seconds`);
  return time;
}
