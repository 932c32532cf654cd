import { randomBytes } from 'node:crypto';
import type { JsonObject, JsonValue } from '@eventhooks/contract';
import { type BuiltRequest, mergeHeaders } from './webhook-request.ts';

/** A custom webhook with every template rendered. */
export interface CustomRequestInput {
  method: string;
  url: string;
  headers: Record<string, string>;
  /** Keys and values to encode. Values have been rendered before, so nothing in them can break out of its place. */
  payload: JsonObject | null;
  /** Sent as it is; wins over `payload`. */
  body: string | null;
}

export type CustomRequest =
  | { ok: true; request: BuiltRequest }
  | { ok: false; kind: 'invalid_request'; message: string };

/**
 * Contract of Kong's `webhook-custom` handler. `body` is sent as it is. A payload on GET or HEAD becomes the query string;
 * otherwise the content-type header chooses its encoding: JSON, urlencoded, or multipart when none is given.
 */
export function buildCustomRequest(input: CustomRequestInput): CustomRequest {
  const { method, url, payload, body } = input;
  const headers = mergeHeaders({}, input.headers);
  if (body !== null || payload === null) return { ok: true, request: { method, url, headers, body } };
  if (method === 'GET' || method === 'HEAD') {
    return { ok: true, request: { method, url: addQuery(url, payload), headers, body: null } };
  }
  const contentType = headers['content-type'] ?? 'multipart/form-data';
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (mediaType === 'application/json' || mediaType.endsWith('+json')) {
    return { ok: true, request: { method, url, headers, body: JSON.stringify(payload) } };
  }
  if (mediaType === 'application/x-www-form-urlencoded') {
    return { ok: true, request: { method, url, headers, body: encodeForm(payload) } };
  }
  if (mediaType === 'multipart/form-data') {
    const boundary = `eventhooks-${randomBytes(16).toString('hex')}`;
    headers['content-type'] = `multipart/form-data; boundary=${boundary}`;
    return { ok: true, request: { method, url, headers, body: encodeMultipart(payload, boundary) } };
  }
  return { ok: false, kind: 'invalid_request', message: `a payload cannot be encoded as ${mediaType}; use body` };
}

function addQuery(url: string, payload: JsonObject): string {
  const target = URL.parse(url);
  const query = encodeForm(payload);
  // The client reports a URL that does not parse, as it does for every request.
  if (target === null || query === '') return url;
  target.search = target.search === '' ? query : `${target.search}&${query}`;
  return target.href;
}

function encodeForm(payload: JsonObject): string {
  return new URLSearchParams(fieldsOf(payload)).toString();
}

function encodeMultipart(payload: JsonObject, boundary: string): string {
  const parts = fieldsOf(payload).map(
    ([name, value]) =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${escapeName(name)}"\r\n\r\n${value}\r\n`,
  );
  return `${parts.join('')}--${boundary}--\r\n`;
}

/** Field names as browsers escape them (WHATWG HTML, multipart/form-data encoding). */
function escapeName(name: string): string {
  return name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
}

/** Flat pairs. A list of scalars repeats its key, as `ngx.encode_args` does; an object, or a list that holds one, is JSON text; null is empty. */
function fieldsOf(payload: JsonObject): [string, string][] {
  return Object.entries(payload).flatMap(([key, value]): [string, string][] =>
    Array.isArray(value) && value.every(isScalar) ? value.map((item) => [key, textOf(item)]) : [[key, textOf(value)]],
  );
}

function isScalar(value: JsonValue): boolean {
  return typeof value !== 'object' || value === null;
}

function textOf(value: JsonValue): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
