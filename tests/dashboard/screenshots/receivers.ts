import { type Receiver, startReceiver } from '../../support/receiver.ts';

/** Answers as those of real receivers, by path. */
const answers: Readonly<Record<string, { status: number; delayMs: number; body: string }>> = {
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

/** One server for all receivers of the history. */
export function startReceivers(): Promise<Receiver> {
  return startReceiver(
    ({ url }) => {
      const answer = answers[url.split('?')[0] ?? ''] ?? { status: 404, delayMs: 5, body: 'Not found' };
      const type = answer.body.startsWith('{') ? 'application/json' : 'text/plain';
      return { ...answer, headers: { 'content-type': type, server: 'nginx' } };
    },
    { keepRequests: false },
  );
}
