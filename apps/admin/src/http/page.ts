import { describeInvalidOffset, describeInvalidSize } from '@eventhooks/contract';
import type { Request } from 'express';
import { z } from 'zod';
import { ApiError, apiError } from './api-error.ts';
import type { Call } from './call.ts';

const MAX_SIZE = 1_000;
const DEFAULT_SIZE = 100;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface PageRequest {
  size: number;
  /** The last id of the page before. */
  after: string | null;
}

export interface Page {
  data: unknown[];
  /** The path of the next page, or null on the last. */
  next: string | null;
  /** The next page's cursor, when there is one. */
  offset?: string;
}

export const pageQuerySchema = z.object({
  size: z.int().min(1).max(MAX_SIZE).default(DEFAULT_SIZE).optional().meta({ description: 'Rows of a page.' }),
  offset: z.string().optional().meta({ description: 'The cursor that the page before gave.' }),
});

/** @throws {ApiError} 400 in Kong's words for a size out of bounds or an offset that no page gave. */
export function readPageRequest({ request }: Call): PageRequest {
  const { size: sizeText = String(DEFAULT_SIZE), offset } = request.query;
  const size = typeof sizeText === 'string' && /^\d{1,4}$/.test(sizeText) ? Number(sizeText) : 0;
  if (size < 1 || size > MAX_SIZE) throw new ApiError(400, describeInvalidSize(MAX_SIZE));
  if (offset === undefined) return { size, after: null };
  const after = typeof offset === 'string' ? Buffer.from(offset, 'base64url').toString('latin1') : '';
  if (!UUID.test(after)) throw new ApiError(400, describeInvalidOffset(String(offset)));
  return { size, after };
}

/** A page from its rows and, when there are more, one row beyond. */
export function buildPage<T extends { id: string }>(
  call: Call,
  size: number,
  rows: readonly T[],
  print: (row: T) => unknown,
): Page {
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  const data = shown.map(print);
  if (rows.length <= size || last === undefined) return { data, next: null };
  const offset = Buffer.from(last.id, 'latin1').toString('base64url');
  return { data, next: nextPath(call.request, offset), offset };
}

function nextPath(request: Request, offset: string): string {
  const url = new URL(request.originalUrl, 'http://localhost');
  url.searchParams.set('offset', offset);
  return `${url.pathname.replace(/\/+$/, '')}${url.search}`;
}

/** One query parameter as a text, or null; given twice, the first. */
export function queryText({ request }: Call, name: string): string | null {
  const value = request.query[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : null;
}

/** One query parameter that is an id, in lower case, or null. @throws {ApiError} 400 when it is no UUID. */
export function queryId(call: Call, name: string): string | null {
  const text = queryText(call, name)?.toLowerCase() ?? null;
  if (text !== null && !UUID.test(text)) throw apiError('bad_request', `${name}: expected a UUID`);
  return text;
}
