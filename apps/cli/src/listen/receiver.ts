import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Verification, verify } from '@eventhooks/client';
import { createObject, parseLossless } from '@eventhooks/contract/exact-json';
import { isRecord } from '../api.ts';
import { type Forwarded, forward } from './forward.ts';

/** One delivery that arrived. */
export interface Arrival {
  receivedAt: Date;
  /** `webhook-id`: the same on every attempt. */
  id: string | null;
  source: string;
  event: string;
  /** The event's data. */
  data: Record<string, unknown>;
  verification: Verification;
  /** The status of the answer to the sender. */
  status: number;
  forwarded: Forwarded | null;
}

export interface ReceiverOptions {
  port: number;
  secret: string;
  /** The status of the answer when nothing is forwarded. */
  status: number;
  forwardTo: string | null;
  onArrival(arrival: Arrival): void;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** A webhook receiver on this machine's loopback address. Pings are answered and not reported. */
export async function startReceiver(options: ReceiverOptions): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    receive(request, response, options).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function receive(request: IncomingMessage, response: ServerResponse, options: ReceiverOptions): Promise<void> {
  const receivedAt = new Date();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return void response.writeHead(413).end();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const verification = await verify({ headers: request.headers, body }, options.secret, {
    maxBodyBytes: MAX_BODY_BYTES,
  });
  const payload = readPayload(body);
  if (payload?.source === 'kong:event_hooks' && payload.event === 'ping') return void response.end();
  const forwarded = options.forwardTo === null ? null : await forward(options.forwardTo, request, body);
  const status = forwarded === null ? options.status : (forwarded.status ?? 502);
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(forwarded === null ? '' : (forwarded.body ?? forwarded.error));
  const { source = '', event = '' } = payload ?? {};
  const id = request.headers['webhook-id'];
  options.onArrival({
    receivedAt,
    id: typeof id === 'string' ? id : null,
    source: String(source),
    event: String(event),
    data: createObject(Object.entries(payload ?? {}).filter(([key]) => key !== 'source' && key !== 'event')),
    verification,
    status,
    forwarded,
  });
}

function readPayload(body: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = parseLossless(body.toString('utf8'));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
