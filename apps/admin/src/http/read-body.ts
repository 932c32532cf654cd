import { decodeForm, readFormTypes } from '@eventhooks/contract';
import { Busboy } from '@fastify/busboy';
import type { Request } from 'express';
import type { z } from 'zod';
import { apiError } from './api-error.ts';

/** A body as it was sent: JSON with its types, or a form, whose values are texts until a schema gives them types. */
export type RequestBody =
  | { kind: 'none' }
  | { kind: 'raw'; bytes: Buffer }
  | { kind: 'json'; value: unknown }
  | { kind: 'form'; value: Record<string, unknown> };

export const BODY_LIMIT_BYTES = 1024 * 1024;
const MAX_FORM_FIELDS = 1_000;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a request's body, gathered before by express.raw, by its content type: JSON, urlencoded or multipart.
 *
 * @throws {ApiError} 400 when it is malformed, 415 for any other type.
 */
export async function readBody(request: Request): Promise<RequestBody> {
  const bytes: unknown = request.body;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return { kind: 'none' };
  if (request.is('application/json')) return { kind: 'json', value: parseJson(bytes) };
  if (request.is('application/x-www-form-urlencoded')) {
    return { kind: 'form', value: decodePairs([...new URLSearchParams(decodeText(bytes, 'malformed_form'))]) };
  }
  if (request.is('multipart/form-data'))
    return { kind: 'form', value: decodePairs(await readMultipart(request, bytes)) };
  throw apiError('unsupported_media_type');
}

/** The body as `schema` reads it: a form's texts get their types, and nothing at all is an empty object. */
export function bodyAs(body: RequestBody, schema: z.core.$ZodType): unknown {
  if (body.kind === 'json') return body.value;
  return body.kind === 'form' ? readFormTypes(body.value, schema) : {};
}

/** @throws {ApiError} 400 when it is no JSON, or no UTF-8 (RFC 8259). */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(decodeText(bytes, 'malformed_json'));
  } catch (error) {
    if (error instanceof SyntaxError) throw apiError('malformed_json');
    throw error;
  }
}

function decodeText(bytes: Buffer, fault: 'malformed_json' | 'malformed_form'): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw apiError(fault);
  }
}

function decodePairs(pairs: [string, string][]): Record<string, unknown> {
  if (pairs.length > MAX_FORM_FIELDS) throw apiError('malformed_form', `expected at most ${MAX_FORM_FIELDS} fields`);
  return decodeForm(pairs);
}

/** Fields and files alike give a text: `curl -F config.functions=@hook.lua` sends a file. */
function readMultipart(request: Request, bytes: Buffer): Promise<[string, string][]> {
  const pairs: [string, string][] = [];
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(apiError('malformed_form'));
    try {
      const parser = new Busboy({
        headers: { ...request.headers, 'content-type': request.headers['content-type'] ?? '' },
        limits: {
          fieldSize: BODY_LIMIT_BYTES,
          fileSize: BODY_LIMIT_BYTES,
          parts: MAX_FORM_FIELDS + 1,
          fieldNameSize: 1024,
        },
      });
      parser.on('field', (name, value) => pairs.push([name, value]));
      parser.on('file', (name, stream) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('error', fail);
        stream.on('end', () => pairs.push([name, Buffer.concat(chunks).toString('utf8')]));
      });
      parser.on('error', fail);
      parser.on('finish', () => resolve(pairs));
      parser.end(bytes);
    } catch {
      fail();
    }
  });
}
