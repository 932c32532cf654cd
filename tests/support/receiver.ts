import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from './wait-for.ts';

export interface ReceivedRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  /** Names as sent, with their values, alternating. */
  rawHeaders: string[];
  body: Buffer;
  receivedAt: number;
}

export type Answer =
  | { status?: number; headers?: Record<string, string>; body?: string | Buffer; delayMs?: number }
  /** Never answers; the connection stays open. */
  | 'hang'
  /** Cuts the connection instead of answering. */
  | 'cut';

export type AnswerRequest = (request: ReceivedRequest, index: number) => Answer | Promise<Answer>;

export interface Receiver {
  /** `http://127.0.0.1:port` */
  url: string;
  /** In the order in which they were complete. */
  requests: ReceivedRequest[];
  /** Sets the answer from the next request on. */
  answerWith(answer: AnswerRequest): void;
  waitForRequests(count: number, timeoutMs?: number): Promise<ReceivedRequest[]>;
  /** Cuts open connections. */
  close(): Promise<void>;
}

export interface ReceiverOptions {
  /** Pings are answered 200 and neither counted nor kept, unless this is true. */
  recordPings?: boolean;
  /** False for hundreds of thousands of requests: `requests` stays empty. */
  keepRequests?: boolean;
}

/** A real HTTP server on a free port. It keeps its requests, and answers 200 or what `answerWith` sets. */
export async function startReceiver(
  answer: AnswerRequest = () => ({}),
  { recordPings = false, keepRequests = true }: ReceiverOptions = {},
): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  let count = 0;
  let answerRequest = answer;
  const server = createServer(async (request, response) => {
    try {
      const received = await readRequest(request);
      if (!recordPings && isPing(received)) {
        response.end();
        return;
      }
      if (keepRequests) requests.push(received);
      count += 1;
      await respond(response, await answerRequest(received, count - 1));
    } catch {
      // The sender went away, or the test's answer failed: either way the sender sees a cut connection.
      response.destroy();
    }
  });
  // Longer than any pause of the sender, which could otherwise reuse a connection that is just being closed.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    answerWith: (next) => {
      answerRequest = next;
    },
    waitForRequests: async (count, timeoutMs) => {
      const what = `${count} requests`;
      await waitFor(() => requests.length >= count, timeoutMs === undefined ? { what } : { timeoutMs, what });
      return requests;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function isPing({ body }: ReceivedRequest): boolean {
  return body.includes('"kong:event_hooks"') && body.includes('"ping"');
}

async function readRequest(request: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = '', url = '', headers, rawHeaders } = request;
  return { method, url, headers, rawHeaders, body: Buffer.concat(chunks), receivedAt: Date.now() };
}

async function respond(response: ServerResponse, answer: Answer): Promise<void> {
  if (answer === 'hang') return;
  if (answer === 'cut') {
    response.destroy();
    return;
  }
  if (answer.delayMs !== undefined) await delay(answer.delayMs);
  response.writeHead(answer.status ?? 200, answer.headers);
  response.end(answer.body);
}
