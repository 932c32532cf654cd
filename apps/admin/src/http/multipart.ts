import type { IncomingHttpHeaders } from 'node:http';
import { Busboy } from '@fastify/busboy';
import { apiError } from './api-error.ts';
import { decodeText } from './decode-text.ts';

const maxNameBytes = 1_024;

/**
 * Reads the parts of a multipart body. Fields and files alike give a text: `curl -F config.functions=@hook.lua` sends a file.
 *
 * @throws {ApiError} 400 when it is malformed, is not UTF-8, or has more than `maxParts` parts.
 */
export async function readMultipart(
  headers: IncomingHttpHeaders,
  bytes: Buffer,
  maxParts: number,
): Promise<[string, string][]> {
  const { 'content-type': contentType = '' } = headers;
  requireFewParts(contentType, bytes, maxParts);
  const parts = await splitParts(contentType, bytes, maxParts);
  return parts.map(([name, value]) => {
    // Busboy replaces bytes that are not UTF-8 by U+FFFD. None of our fields has that in its name.
    if (name === undefined || name.includes('\ufffd')) throw apiError('malformed_form', 'A part has no name in UTF-8');
    return [name, decodeText(value)];
  });
}

/** The parser blocks the event loop for some 15 µs per part, so the parts are counted first. */
function requireFewParts(contentType: string, bytes: Buffer, maxParts: number): void {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^\s;]*))/i.exec(contentType) ?? [];
  const boundary = `--${quoted ?? plain ?? ''}`;
  let count = 0;
  for (let at = bytes.indexOf(boundary); at !== -1; at = bytes.indexOf(boundary, at + boundary.length)) {
    count += 1;
    // The last boundary ends the body.
    if (count > maxParts + 1) throw apiError('malformed_form', `expected at most ${maxParts} fields`);
  }
}

function splitParts(contentType: string, bytes: Buffer, maxParts: number): Promise<[string | undefined, Buffer][]> {
  const { promise, resolve, reject } = Promise.withResolvers<[string | undefined, Buffer][]>();
  const fail = (): void => reject(apiError('malformed_form'));
  const parts: [string | undefined, Buffer][] = [];
  try {
    const parser = new Busboy({
      headers: { 'content-type': contentType },
      // Files come as bytes; values of fields would be decoded with replacement characters.
      isPartAFile: () => true,
      limits: { fileSize: bytes.length + 1, parts: maxParts + 1, fieldNameSize: maxNameBytes },
    });
    parser.on('file', (name: string | undefined, stream) => {
      const chunks: Buffer[] = [];
      const part: [string | undefined, Buffer] = [name, Buffer.alloc(0)];
      parts.push(part);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', fail);
      stream.on('end', () => {
        part[1] = Buffer.concat(chunks);
      });
    });
    parser.on('error', fail);
    parser.on('finish', () => resolve(parts));
    parser.end(bytes);
  } catch {
    fail();
  }
  return promise;
}
