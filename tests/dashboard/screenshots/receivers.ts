import { createServer, type Server } from 'node:http';

/** Receivers that answer as real ones do, each at a path of its own. */
const ANSWERS: Readonly<Record<string, { status: number; delayMs: number; body: string }>> = {
  '/orders/webhooks': { status: 200, delayMs: 24, body: '{"received":true}' },
  '/crm/contacts': { status: 202, delayMs: 61, body: '{"queued":1}' },
  '/warehouse/in': { status: 200, delayMs: 140, body: 'ok' },
  '/services/T024/B05/x9': { status: 200, delayMs: 38, body: 'ok' },
  '/billing/events': {
    status: 503,
    delayMs: 310,
    body: '{"error":"upstream_unavailable","message":"ledger-db is in maintenance","request_id":"req_8fK2vQ"}',
  },
  '/partners/acme': { status: 401, delayMs: 45, body: '{"error":"invalid_signature"}' },
  '/search/ingest': {
    status: 422,
    delayMs: 52,
    body: '{"error":"unprocessable","message":"field \'currency\' is not mapped","index":"orders-v4"}',
  },
  '/legacy/soap': { status: 410, delayMs: 30, body: 'Gone' },
};

export interface Receivers {
  url: string;
  close(): Promise<void>;
}

export async function startReceivers(): Promise<Receivers> {
  const server: Server = createServer((request, response) => {
    request.resume();
    const answer = ANSWERS[request.url?.split('?')[0] ?? ''] ?? { status: 404, delayMs: 5, body: 'Not found' };
    setTimeout(() => {
      const type = answer.body.startsWith('{') ? 'application/json' : 'text/plain';
      response.writeHead(answer.status, { 'content-type': type, server: 'nginx' }).end(answer.body);
    }, answer.delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
