import { EVENT_LIMITS, isWithinDepth, type JsonDocument, readJson } from '@eventhooks/contract';
import type { ReadRequest, SentRequest } from '@eventhooks/inbound';
import type { Request } from 'express';
import { apiError } from '../http/api-error.ts';
import { decodeText } from '../http/decode-text.ts';
import { isJsonMediaType, mediaTypeOf } from '../http/media-type.ts';

/** A list of events, and each of them, around what may be an event's data. */
const outerLevels = 2;

/**
 * Method, query and headers of a request, with its body as it was sent. If a name occurs twice in the query, the first
 * one counts.
 */
export function describeRequest({ method, url, headers }: Request, sent: Buffer): SentRequest {
  const start = url.indexOf('?');
  const query = [...new URLSearchParams(start === -1 ? '' : url.slice(start))].reverse();
  const texts = Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []));
  return { method, query: Object.fromEntries(query), headers: Object.fromEntries(texts), sent };
}

/**
 * Reads the decompressed body: JSON, also where no content type is given; a form; or text that no expression reads but
 * by `raw`.
 *
 * @throws {ApiError} 400 when it is not UTF-8 or not JSON, 415 for other types, 422 when it nests too deep.
 */
export function readInboundBody(request: SentRequest, bytes: Buffer): ReadRequest {
  const type = mediaTypeOf(request.headers['content-type']);
  const raw = decodeText(bytes);
  if (type === 'application/x-www-form-urlencoded') return { ...request, raw, json: readForm(raw) };
  if (type === '' || isJsonMediaType(type))
    return { ...request, raw, json: raw.trim() === '' ? null : readDocument(raw) };
  if (type.startsWith('text/')) return { ...request, raw, json: null };
  throw apiError('unsupported_media_type', 'Expected JSON, a form or text');
}

/** Some senders put their JSON into the one field `payload` of a form. */
function readForm(raw: string): JsonDocument {
  const fields = Object.fromEntries(new URLSearchParams(raw));
  const { payload, ...others } = fields;
  const isPayload = payload !== undefined && Object.keys(others).length === 0;
  return readDocument(isPayload ? payload : JSON.stringify(fields));
}

function readDocument(text: string): JsonDocument {
  const document = parse(text);
  if (isWithinDepth(document.value, EVENT_LIMITS.depth + outerLevels)) return document;
  throw apiError('unmappable', `The body nests deeper than ${EVENT_LIMITS.depth + outerLevels} levels`);
}

function parse(text: string): JsonDocument {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw apiError('malformed_json');
    throw error;
  }
}
