import { completeVerify, signBody } from '@eventhooks/inbound/senders';
import { sign as signAsGithub, verify as verifyAsGithub } from '@octokit/webhooks-methods';
import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import { createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

/** Requests signed by the senders' own libraries, and our signatures checked by them. */
let database: TestDatabase;
let admin: TestAdmin;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await startTestAdmin(database);
});
afterAll(async () => {
  await admin?.stop();
  await database?.drop();
});

const standardSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

async function create(preset: string, secret: string): Promise<void> {
  const body = { name: preset, preset, verify: { secrets: [secret] } };
  expect((await admin.call('POST', '/inbound', { body })).status).toBe(201);
}

async function post(name: string, body: string, headers: Record<string, string>) {
  const response = await fetch(`${admin.url}/in/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const answer: { id: string; duplicate?: boolean } = JSON.parse(await response.text());
  return { status: response.status, body: answer };
}

async function reasonOf(name: string): Promise<string> {
  const { body } = await admin.call('GET', `/inbound/${name}/rejections`);
  return body.data[0].reason;
}

async function eventOf(id: string) {
  return (await admin.call('GET', `/events/${id}`)).body;
}

/** Our own signature, as samples and `eventhooks inbound test` make it. */
function signOurselves(verify: Parameters<typeof completeVerify>[0], body: string): Record<string, string> {
  const completed = completeVerify(verify, null);
  if (!completed.ok) throw new Error(JSON.stringify(completed.faults));
  return signBody(completed.verification, Buffer.from(body), { nowMs: Date.now(), id: 'msg_ours' });
}

test('GitHub: what octokit signs is taken once and refused when changed, and octokit accepts our signature', async () => {
  await create('github', 'the secret');
  const body = JSON.stringify({ action: 'opened', issue: { number: 7 }, zen: 'Ünïcode' });
  const headers = { 'x-github-event': 'issues', 'x-hub-signature-256': await signAsGithub('the secret', body) };
  const first = await post('github', body, { ...headers, 'x-github-delivery': 'g-1' });
  expect(first.status).toBe(202);
  expect(await eventOf(first.body.id)).toMatchObject({ source: 'github', event: 'issues.opened', publisher_id: 'g-1' });
  expect((await post('github', `${body} `, { ...headers, 'x-github-delivery': 'g-2' })).status).toBe(401);
  const ours = signOurselves(
    { scheme: 'hmac', header: 'x-hub-signature-256', prefix: 'sha256=', secrets: ['the secret'] },
    body,
  );
  expect(await verifyAsGithub('the secret', body, ours['x-hub-signature-256'] ?? '')).toBe(true);
});

test('GitHub: hundreds of redeliveries make no second event', async () => {
  const bodies = Array.from({ length: 30 }, (_, n) => JSON.stringify({ redelivered: n }));
  const signatures = await Promise.all(bodies.map((body) => signAsGithub('the secret', body)));
  const statuses: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(
      bodies.map((body, n) =>
        post('github', body, {
          'x-github-event': 'push',
          'x-github-delivery': `again-${n}`,
          'x-hub-signature-256': signatures[n] ?? '',
        }),
      ),
    );
    statuses.push(...answers.map(({ status }) => status));
  }
  expect(statuses.filter((status) => status === 202)).toHaveLength(30);
  expect(statuses.filter((status) => status === 200)).toHaveLength(270);
  const { rows } = await admin.context.database.pool.query("SELECT 1 FROM events WHERE publisher_id LIKE 'again-%'");
  expect(rows).toHaveLength(30);
});

test('Stripe: what its library signs is taken, refused when changed or old, and it accepts our signature', async () => {
  await create('stripe', standardSecret);
  const payload = JSON.stringify({
    id: 'evt_1',
    object: 'event',
    type: 'invoice.paid',
    data: { object: { id: 'in_1' } },
  });
  const sign = (timestamp?: number) =>
    Stripe.webhooks.generateTestHeaderString({
      payload,
      secret: standardSecret,
      ...(timestamp !== undefined && { timestamp }),
    });
  const first = await post('stripe', payload, { 'stripe-signature': sign() });
  expect(first.status).toBe(202);
  expect(await eventOf(first.body.id)).toMatchObject({
    source: 'stripe',
    event: 'invoice.paid',
    publisher_id: 'evt_1',
  });
  expect((await post('stripe', payload, { 'stripe-signature': sign() })).body).toMatchObject({ duplicate: true });
  expect((await post('stripe', payload.replace('in_1', 'in_2'), { 'stripe-signature': sign() })).status).toBe(401);
  expect(
    (await post('stripe', payload, { 'stripe-signature': sign(Math.floor(Date.now() / 1000) - 400) })).status,
  ).toBe(401);
  expect(await reasonOf('stripe')).toMatch(/signed \d+ s ago/);
  const ours = signOurselves({ scheme: 'stripe', secrets: [standardSecret] }, payload);
  expect(Stripe.webhooks.constructEvent(payload, ours['stripe-signature'] ?? '', standardSecret).id).toBe('evt_1');
});

test.each([
  ['Svix', 'svix', () => new SvixWebhook(standardSecret)],
  ['Standard Webhooks', 'webhook', () => new StandardWebhook(standardSecret)],
])(
  '%s: what its library signs is taken, refused when changed or old, and it accepts our signature',
  async (_, brand, make) => {
    const created = await admin.call('GET', '/inbound/standard-webhooks');
    if (created.status === 404) await create('standard-webhooks', standardSecret);
    const webhook = make();
    const body = JSON.stringify({ type: 'contact.created', data: { brand } });
    const headers = (id: string, at = new Date()) => ({
      [`${brand}-id`]: id,
      [`${brand}-timestamp`]: String(Math.floor(at.getTime() / 1000)),
      [`${brand}-signature`]: webhook.sign(id, at, body),
    });
    const first = await post('standard-webhooks', body, headers(`msg_${brand}`));
    expect(first.status).toBe(202);
    expect(await eventOf(first.body.id)).toMatchObject({ event: 'contact.created', publisher_id: `msg_${brand}` });
    expect((await post('standard-webhooks', `${body} `, headers(`msg_${brand}_2`))).status).toBe(401);
    const old = headers(`msg_${brand}_3`, new Date(Date.now() - 400_000));
    expect((await post('standard-webhooks', body, old)).status).toBe(401);
    // Another id under the same signature is another message.
    expect((await post('standard-webhooks', body, { ...headers('msg_a'), [`${brand}-id`]: 'msg_b' })).status).toBe(401);
    const ours = signOurselves({ scheme: 'standard-webhooks', secrets: [standardSecret] }, body);
    expect(() => webhook.verify(body, ours)).not.toThrow();
    expect(() => webhook.verify(`${body} `, ours)).toThrow();
  },
);

test('CloudEvents: what the SDK sends in both modes is taken, with its id', async () => {
  await create('cloudevents', 'the secret');
  const authorization = 'Bearer the secret';
  for (const [mode, toMessage] of [
    ['binary', HTTP.binary],
    ['structured', HTTP.structured],
  ] as const) {
    const event = new CloudEvent({ id: mode, source: '/shop', type: 'order.paid', data: { mode, amount: 5 } });
    const message = toMessage(event);
    const headers = Object.entries(message.headers).map(([name, value]): [string, string] => [name, String(value)]);
    const sent = await post('cloudevents', String(message.body), { ...Object.fromEntries(headers), authorization });
    expect(sent.status).toBe(202);
    expect(await eventOf(sent.body.id)).toMatchObject({
      source: '/shop',
      event: 'order.paid',
      publisher_id: mode,
      data: { mode, amount: 5 },
    });
  }
});
