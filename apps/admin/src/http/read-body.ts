import {
  decodeForm,
  isJsonObject,
  isPlainJson,
  isWithinDepth,
  minifyExact,
  parseExact,
  parseLossless,
  readFormTypes,
  stringifyExact,
} from '@eventhooks/contract';
import type { Request } from 'express';
import type { z } from 'zod';
import { apiError } from './api-error.ts';
import { decodeText } from './decode-text.ts';
import { mediaTypeOf } from './media-type.ts';
import { readMultipart } from './multipart.ts';

/** A body as it was sent: JSON with its types, or a form, whose values are texts until a schema gives them types. */
export type RequestBody =
  | { kind: 'none' }
  | { kind: 'raw'; bytes: Buffer }
  /** `text` is what `value` was read from, and has the numbers that JavaScript would change. */
  | { kind: 'json'; value: unknown; text: string }
  | { kind: 'form'; value: Record<string, unknown> };

export const BODY_LIMIT_BYTES = 1024 * 1024;
/** The most levels of nesting in any body; each schema allows fewer. */
const maxDepth = 64;
/** The most fields in a form. */
const maxFormFields = 1_000;

/**
 * Reads a request's body by its content type: JSON, urlencoded or multipart.
 *
 * @throws {ApiError} 400 when it is malformed or not UTF-8, 415 for any other type.
 */
export async function readBody(request: Request, bytes: Buffer): Promise<RequestBody> {
  if (bytes.length === 0) return { kind: 'none' };
  switch (mediaTypeOf(request.headers['content-type'])) {
    case 'application/json': {
      const text = decodeText(bytes);
      return { kind: 'json', value: parseJson(text), text };
    }
    case 'application/x-www-form-urlencoded':
      return { kind: 'form', value: decodePairs([...new URLSearchParams(decodeUrlencoded(bytes))]) };
    case 'multipart/form-data':
      return { kind: 'form', value: decodePairs(await readMultipart(request.headers, bytes, maxFormFields)) };
    default:
      throw apiError('unsupported_media_type');
  }
}

/** The body as `schema` reads it: a form's texts get their types, and nothing at all is an empty object. */
export function bodyAs(body: RequestBody, schema: z.core.$ZodType): unknown {
  if (body.kind === 'json') return body.value;
  return body.kind === 'form' ? readFormTypes(body.value, schema) : {};
}

/** Like `bodyAs`, with ExactNumbers in place of the numbers that JavaScript would change, and keys in order. */
export function exactBodyAs(body: RequestBody, schema: z.core.$ZodType): unknown {
  return body.kind === 'json' && isShallow(body.value) ? parseLossless(body.text) : bodyAs(body, schema);
}

/** Every schema refuses a deeper value, so its numbers need not be exact; and reading them would recurse too deep. */
function isShallow(value: unknown): boolean {
  return isWithinDepth(value, maxDepth);
}

/** Like `bodyAs`, for a hook: its payload keeps the digits of its numbers and the order of its keys. */
export function hookBodyAs(body: RequestBody, schema: z.core.$ZodType): unknown {
  const value = bodyAs(body, schema);
  if (body.kind !== 'json' || isPlainJson(body.text) || !isShallow(value)) return value;
  if (!isJsonObject(value) || !isJsonObject(value.config)) return value;
  const exact = parseLossless(body.text);
  const config = isJsonObject(exact) && isJsonObject(exact.config) ? exact.config : {};
  return { ...value, config: { ...value.config, ...('payload' in config && { payload: config.payload }) } };
}

/**
 * The lossless JSON text of the body or of one of its fields.
 *
 * @param value the body as `bodyAs` gave it, its depth bounded by the caller.
 */
export function exactTextOf(body: RequestBody, value: unknown, field?: string): string {
  if (body.kind === 'json' && !isPlainJson(body.text)) {
    if (field === undefined) return minifyExact(body.text);
    const exact = parseExact(body.text);
    return stringifyExact(exact instanceof Map ? exact.get(field) : null);
  }
  const part: unknown = field === undefined ? value : Reflect.get(Object(value), field);
  return JSON.stringify(part) ?? 'null';
}

/** @throws {ApiError} 400 when it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw apiError('malformed_json');
    throw error;
  }
}

/** The text of a form, whose percent-encoded bytes are checked, too: URLSearchParams would replace them. */
function decodeUrlencoded(bytes: Buffer): string {
  const text = decodeText(bytes);
  if (text.includes('%')) {
    const raw = bytes
      .toString('latin1')
      .replaceAll(/%([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    decodeText(Buffer.from(raw, 'latin1'));
  }
  return text;
}

function decodePairs(pairs: [string, string][]): Record<string, unknown> {
  if (pairs.length > maxFormFields) throw apiError('malformed_form', `expected at most ${maxFormFields} fields`);
  return decodeForm(pairs);
}
