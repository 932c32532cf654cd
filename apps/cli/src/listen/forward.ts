import type { IncomingMessage } from 'node:http';
import { messageOf } from '@eventhooks/contract/message-of';

/** The result of a forwarded request: an answer, or an error. */
export interface Forwarded {
  status: number | null;
  body: string | null;
  error: string | null;
  durationMs: number;
}

const TIMEOUT_MS = 30_000;
/** Headers that belong to the connection, or to the body's encoding on this hop, and not to the message. */
const HOP_HEADERS = new Set([
  'host',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'expect',
  'te',
]);

/** Sends a received request on, headers and body as they came, so that its signature still fits. */
export async function forward(url: string, request: IncomingMessage, body: Buffer): Promise<Forwarded> {
  const startedAt = performance.now();
  const took = () => Math.round(performance.now() - startedAt);
  const { method = 'POST' } = request;
  try {
    const response = await fetch(url, {
      method,
      headers: Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
        value === undefined || HOP_HEADERS.has(name) ? [] : [[name, String(value)]],
      ),
      ...(method !== 'GET' && method !== 'HEAD' && { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, body: (await response.text()).slice(0, 4_096), error: null, durationMs: took() };
  } catch (error) {
    const { cause } = error instanceof Error ? error : { cause: undefined };
    return {
      status: null,
      body: null,
      error: `${url} cannot be reached: ${messageOf(cause ?? error)}`,
      durationMs: took(),
    };
  }
}
