import { describeInvalidOffset, describeInvalidSize } from '@eventhooks/contract';
import type { Request } from 'express';
import { ApiError } from './errors.ts';

export interface PageRequest {
  size: number;
  /** The last id of the page before; null for the first page. */
  after: string | null;
}

const maxSize = 1_000;
const defaultSize = 100;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads `?size=` (1 to 1000) and `?offset=` (the cursor of the page before). */
export function readPage(request: Request): PageRequest {
  const { size, offset } = request.query;
  const count = size === undefined ? defaultSize : Number(size);
  if (!Number.isInteger(count) || count < 1 || count > maxSize) throw bodied(describeInvalidSize(maxSize));
  if (offset === undefined) return { size: count, after: null };
  const after = Buffer.from(String(offset), 'base64url').toString();
  if (!uuid.test(after)) throw bodied(describeInvalidOffset(String(offset)));
  return { size: count, after };
}

/** Kong's list body. `rows` may hold one more than `size`: then there is a next page. */
export function listBody<T>(
  request: Request,
  rows: readonly T[],
  size: number,
  idOf: (row: T) => string,
  print: (row: T) => unknown,
) {
  const data = rows.slice(0, size);
  const last = data.at(-1);
  if (rows.length <= size || last === undefined) return { data: data.map(print), next: null };
  const offset = Buffer.from(idOf(last)).toString('base64url');
  const query = new URLSearchParams(request.originalUrl.split('?')[1] ?? '');
  query.set('offset', offset);
  return { data: data.map(print), next: `${request.originalUrl.split('?')[0]}?${query}`, offset };
}

/** A text that is a UUID, or 404: what has no such id is not there. */
export function readId(text: string | string[] | undefined): string {
  if (typeof text !== 'string' || !uuid.test(text)) throw new ApiError('not_found');
  return text.toLowerCase();
}

function bodied(body: { message: string }): ApiError {
  return Object.assign(new ApiError('bad_request', body.message), { body });
}
