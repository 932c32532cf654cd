import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib';
import type { Request } from 'express';
import { apiError } from './api-error.ts';
import type { BodyBudget } from './body-budget.ts';

/** A body that is incomplete after this time is given up: otherwise a stalled client would hold its memory for ever. */
const uploadDeadlineMs = 30_000;

interface OutputBound {
  maxOutputLength: number;
}
type Decompress = (bytes: Buffer, bound: OutputBound) => Promise<Buffer>;

/** RFC 9110 defines deflate in zlib's format, but many clients send it raw. */
const inflateEither: Decompress = (bytes, bound) =>
  promisify<Buffer, OutputBound, Buffer>(isZlib(bytes) ? inflate : inflateRaw)(bytes, bound);

const decompressors: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ['gzip', promisify<Buffer, OutputBound, Buffer>(gunzip)],
  ['x-gzip', promisify<Buffer, OutputBound, Buffer>(gunzip)],
  ['br', promisify<Buffer, OutputBound, Buffer>(brotliDecompress)],
  ['deflate', inflateEither],
  ['zstd', promisify<Buffer, OutputBound, Buffer>(zstdDecompress)],
]);

/** The header of RFC 1950: deflate in the low half byte, and a checksum over both. */
function isZlib(bytes: Buffer): boolean {
  return bytes.length >= 2 && ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}

export interface BodyBounds {
  /** The limit of the body as sent, and again of its decompressed content. */
  limitBytes: number;
  /** The owner to whom the memory is charged: a token's name, or an address. */
  owner: string;
  budget: BodyBudget;
  deadlineMs?: number;
}

/**
 * Reads and decompresses the body of a request. Its share of the budget is given back when the request is answered.
 *
 * @throws {ApiError} 400 when it cannot be decompressed, 408 when it does not come in time, 413 when it is too large, 415 for
 * an encoding that is not supported, 503 when too many bodies are in flight.
 */
export async function gatherBody(request: Request, bounds: BodyBounds): Promise<Buffer> {
  const { decode } = await gatherSentBody(request, bounds);
  return decode();
}

/** Like `gatherBody`, for those who need the bytes as they were sent, too. `decode` decompresses them. */
export async function gatherSentBody(
  request: Request,
  bounds: BodyBounds,
): Promise<{ sent: Buffer; decode: () => Promise<Buffer> }> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const decompress = decompressors.get(encoding);
  if (decompress === undefined && encoding !== 'identity' && encoding !== '') {
    const message = `Unsupported content encoding; supported are ${[...decompressors.keys()].join(', ')}`;
    throw apiError('unsupported_media_type', message, { 'Accept-Encoding': [...decompressors.keys()].join(', ') });
  }
  const reserve = reserveFor(request, bounds);
  const sent = await readAll(request, bounds, reserve);
  return {
    sent,
    async decode() {
      if (decompress === undefined || sent.length === 0) return sent;
      const decompressed = await decompressWithin(decompress, sent, bounds.limitBytes);
      reserve(decompressed.length);
      return decompressed;
    },
  };
}

async function decompressWithin(decompress: Decompress, bytes: Buffer, limitBytes: number): Promise<Buffer> {
  try {
    return await decompress(bytes, { maxOutputLength: limitBytes });
  } catch (error) {
    const isTooLarge = Reflect.get(Object(error), 'code') === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge ? apiError('too_large') : apiError('bad_request', 'The body cannot be decompressed');
  }
}

/** Takes bytes of the budget. @throws {ApiError} 503 when there are none left. */
type Reserve = (bytes: number) => void;

/** Reserves memory until the request is answered or its connection is gone. */
function reserveFor(request: Request, { budget, owner }: BodyBounds): Reserve {
  let taken = 0;
  request.res?.once('close', () => {
    budget.giveBack(owner, taken);
    taken = 0;
  });
  return (bytes) => {
    if (!budget.take(owner, bytes)) {
      throw apiError('unavailable', 'Too many request bodies are in flight', { 'Retry-After': '1' });
    }
    taken += bytes;
  };
}

function readAll(
  request: Request,
  { limitBytes, deadlineMs = uploadDeadlineMs }: BodyBounds,
  reserve: Reserve,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
    request.resume();
    return Promise.reject(apiError('too_large'));
  }
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let length = 0;
  const timer = setTimeout(
    () => end(apiError('upload_timeout', undefined, { Connection: 'close' })),
    deadlineMs,
  ).unref();
  const onData = (chunk: Buffer): void => {
    try {
      length += chunk.length;
      if (length > limitBytes) throw apiError('too_large');
      reserve(chunk.length);
      chunks.push(chunk);
    } catch (error) {
      end(error);
    }
  };
  const onEnd = (): void => end(null);
  const onError = (): void => end(apiError('bad_request', 'The body ended too early'));
  const end = (error: unknown): void => {
    clearTimeout(timer);
    request.off('data', onData).off('end', onEnd).off('aborted', onError).off('error', onError);
    // The rest is read and dropped, so that the client can read its answer.
    if (error !== null) request.on('error', () => undefined).resume();
    if (error === null) resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    else reject(error);
  };
  request.on('data', onData).on('end', onEnd).on('aborted', onError).on('error', onError);
  return promise;
}
