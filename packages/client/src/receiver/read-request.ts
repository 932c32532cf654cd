import { Buffer } from 'node:buffer';

/** A request as frameworks give it: a fetch `Request`, or any object with headers and the raw body, such as Express's after `express.raw`. */
export type SignedRequest = Request | NodeRequest;

export interface NodeRequest {
  headers: Headers | Record<string, string | string[] | undefined>;
  /** The raw bytes or text. Absent on a Node request whose body is not read yet. */
  body?: unknown;
}

export type ReadRequest =
  | { ok: true; header(name: string): string | null; body: Buffer }
  | { ok: false; kind: 'body_not_raw' | 'body_too_large'; message: string };

/** Headers by name, and the body's exact bytes, of at most `maxBodyBytes`. A fetch request's body is read from a clone. */
export async function readRequest(request: SignedRequest, maxBodyBytes: number): Promise<ReadRequest> {
  const header = headerReader(request.headers);
  const body = await readBody(request, maxBodyBytes);
  if (Buffer.isBuffer(body)) return { ok: true, header, body };
  const messages = {
    body_not_raw:
      'The body was parsed already, and a signature is of the exact bytes: read it raw, in Express with express.raw({ type: () => true }) on this route',
    body_too_large: `The body has more than ${maxBodyBytes} bytes`,
  };
  return { ok: false, kind: body, message: messages[body] };
}

function headerReader(headers: NodeRequest['headers']): (name: string) => string | null {
  if (headers instanceof Headers) return (name) => headers.get(name);
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => {
    const value = lower.get(name);
    return (Array.isArray(value) ? value.join(', ') : value) ?? null;
  };
}

async function readBody(request: SignedRequest, maxBytes: number): Promise<Buffer | 'body_not_raw' | 'body_too_large'> {
  if (request instanceof Request) {
    if (request.bodyUsed) return 'body_not_raw';
    return request.body === null ? Buffer.alloc(0) : gather(request.clone().body ?? [], maxBytes);
  }
  const { body } = request;
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (body !== undefined) return 'body_not_raw';
  return isReadable(request) ? gather(request, maxBytes) : Buffer.alloc(0);
}

function isReadable(value: object): value is AsyncIterable<Uint8Array> & NodeRequest {
  return Symbol.asyncIterator in value && (!('readableEnded' in value) || value.readableEnded === false);
}

async function gather(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: number,
): Promise<Buffer | 'body_too_large'> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return 'body_too_large';
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}
