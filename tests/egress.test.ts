import { connectDatabase, createKeyring, findHook, insertHook, newId } from '@eventhooks/database';
import { BLOCKED_HOSTS } from '../packages/delivery/tests/support/blocked-hosts.ts';
import { type DnsServer, startDnsServer } from '../packages/delivery/tests/support/dns-server.ts';
import { type Installation, publishNumbered, startInstallation } from './installation.ts';
import { type Receiver, startReceiver, waitFor } from './support/index.ts';

/** Stands for a public address: deliveries may go there, and nothing leaves this machine. */
const ALLOWED = '127.0.0.2';

let installation: Installation;
let receiver: Receiver;
let dns: DnsServer;

beforeAll(async () => {
  dns = await startDnsServer([ALLOWED]);
  receiver = await startReceiver();
  installation = await startInstallation({
    workers: 0,
    env: {
      EVENTHOOKS_EGRESS_ALLOW: `${ALLOWED}/32`,
      EVENTHOOKS_DNS_SERVERS: dns.address,
    },
  });
}, 60_000);
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
  await receiver.close();
  await dns.close();
}, 60_000);

function webhookTo(url: string, event = 'consumers'): Record<string, unknown> {
  return { source: 'crud', event, handler: 'webhook', config: { url }, retry: { schedule: [] } };
}

/** The last attempt at an event's deliveries, by the URL of their hooks. */
async function attemptsOf(eventId: string): Promise<Map<string, { error_code: string }>> {
  const rows = await installation.query<{ url: string; error_code: string }>(
    `SELECT config->>'url' AS url, deliveries.error_code FROM deliveries
     JOIN event_hooks ON event_hooks.id = hook_id WHERE event_id = $1 AND deliveries.status = 'exhausted'`,
    [eventId],
  );
  return new Map(rows.map((row) => [row.url, row]));
}

test('every spelling of a blocked address is refused when a hook is written, and nothing is stored', async () => {
  for (const host of BLOCKED_HOSTS) {
    const { status, body } = await installation.call('POST', '/event-hooks', webhookTo(`http://${host}/`));
    expect([host, status, body.fields?.config?.url]).toEqual([host, 400, expect.any(String)]);
  }
  expect(await installation.query('SELECT FROM event_hooks')).toEqual([]);
}, 60_000);

test('every spelling that stands in a stored hook all the same is blocked at the attempt', async () => {
  const database = connectDatabase(installation.databaseUrl);
  const keyring = createKeyring([]);
  const urls = BLOCKED_HOSTS.map((host) => `http://${host}:${new URL(receiver.url).port}/`);
  const log = await installation.createHook({ source: 'crud', event: 'routes', handler: 'log' });
  const stored = await findHook(database.kysely, keyring, 'default', log);
  if (stored === null) throw new Error('missing');
  for (const url of urls) {
    const config = { headers: {}, secret: null, signature_algorithm: 'sha1', ssl_verify: false, url } as const;
    await insertHook(database.kysely, keyring, {
      ...stored,
      id: newId(),
      event: 'consumers',
      handler: 'webhook',
      config: { ...config, ca: null, client_cert: null, client_key: null },
      retry: { schedule: [] },
    });
  }
  await database.close();
  await installation.addWorker();
  const [eventId = ''] = await publishNumbered(installation, 1);
  await waitFor(async () => (await attemptsOf(eventId)).size === urls.length, { timeoutMs: 30_000 });
  const kinds = new Set([...(await attemptsOf(eventId)).values()].map(({ error_code }) => error_code));
  expect([...kinds]).toEqual(['egress_blocked']);
  expect(receiver.requests).toEqual([]);
}, 90_000);

test('a name that could be reached when its hook was written, and is this machine at the attempt, is blocked', async () => {
  const url = `http://rebind.example:${new URL(receiver.url).port}/`;
  if (installation.workers.length === 0) await installation.addWorker();
  dns.answerWith(['127.0.0.1']);
  const refused = await installation.call('POST', '/event-hooks', webhookTo(url, 'services'));
  expect([refused.status, refused.body.fields.config.url]).toEqual([400, expect.stringContaining('blocked address')]);
  dns.answerWith([ALLOWED]);
  await installation.createHook(webhookTo(url, 'services'));
  dns.answerWith(['127.0.0.1']);
  const { body } = await installation.call('POST', '/events', { source: 'crud', event: 'services', data: {} });
  await waitFor(async () => (await attemptsOf(body.id)).size === 1, { timeoutMs: 30_000 });
  expect((await attemptsOf(body.id)).get(url)?.error_code).toBe('egress_blocked');
  expect(receiver.requests).toEqual([]);
}, 90_000);
