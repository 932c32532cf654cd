import { type Receiver, startReceiver, waitFor } from '../../../tests/support/index.ts';
import { startTestInstallation, type TestAdmin } from './test-admin.ts';

let admin: TestAdmin;
let receiver: Receiver;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ admin, receiver, stop } = await startTestInstallation());
}, 60_000);
afterAll(() => stop());
afterEach(() => {
  receiver.requests.length = 0;
});

const webhookTo = (url: string) => ({ source: 'crud', event: 'consumers', handler: 'webhook', config: { url } });
const lastBody = () => JSON.parse(receiver.requests.at(-1)?.body.toString() ?? 'null');
/** The bodies that arrived at a path, without pings, which may come at any time. */
const bodiesAt = (path: string) =>
  receiver.requests
    .filter(({ url }) => url === path)
    .map(({ body }) => JSON.parse(body.toString()))
    .filter(({ event }) => event !== 'ping');

test('a webhook is pinged when it is created, and when its URL changes, but not otherwise', async () => {
  const { body: hook } = await admin.call('POST', '/event-hooks', { body: webhookTo(`${receiver.url}/one`) });
  await receiver.waitForRequests(1);
  expect(lastBody()).toEqual({ source: 'kong:event_hooks', event: 'ping', event_hooks: hook, operation: 'create' });
  await admin.call('PATCH', `/event-hooks/${hook.id}`, { body: { snooze: 5 } });
  const { body: moved } = await admin.call('PATCH', `/event-hooks/${hook.id}`, {
    body: { config: { url: `${receiver.url}/two` } },
  });
  await receiver.waitForRequests(2);
  expect(receiver.requests.map(({ url }) => url)).toEqual(['/one', '/two']);
  expect(lastBody()).toEqual({ source: 'kong:event_hooks', event: 'ping', event_hooks: moved, operation: 'update' });
});

test('GET ping sends the ping and answers with the body that it sent', async () => {
  const { body: hook } = await admin.call('POST', '/event-hooks', { body: webhookTo(receiver.url) });
  await receiver.waitForRequests(1);
  const ping = await admin.call('GET', `/event-hooks/${hook.id}/ping`);
  expect(ping.status).toBe(200);
  expect(ping.body).toEqual({ source: 'kong:event_hooks', event_hooks: hook, event: 'ping' });
  expect(lastBody()).toEqual(ping.body);
});

test('a custom webhook gets the same ping, whatever its templates and its method', async () => {
  const config = {
    url: receiver.url,
    method: 'PUT',
    payload: { text: '{{ entity.username }}' },
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-team': 'billing' },
  };
  const body = { source: 'crud', event: 'admins', handler: 'webhook-custom', config };
  const { body: hook } = await admin.call('POST', '/event-hooks', { body });
  const [ping] = await receiver.waitForRequests(1);
  expect([ping?.method, ping?.headers['content-type'], ping?.headers['x-team']]).toEqual([
    'POST',
    'application/json',
    'billing',
  ]);
  expect(lastBody()).toEqual({ source: 'kong:event_hooks', event: 'ping', event_hooks: hook, operation: 'create' });
  const answer = await admin.call('GET', `/event-hooks/${hook.id}/ping`);
  expect([answer.status, lastBody()]).toEqual([200, answer.body]);
});

test('a ping shows no secret', async () => {
  const body = { ...webhookTo(receiver.url), config: { url: receiver.url, secret: 'shh' } };
  await admin.call('POST', '/event-hooks', { body });
  const [ping] = await receiver.waitForRequests(1);
  expect(ping?.headers['x-kong-signature']).toMatch(/^sha1=[0-9a-f]{40}$/);
  expect(ping?.body.toString()).not.toContain('shh');
});

test('a log hook does not support ping', async () => {
  const { body: hook } = await admin.call('POST', '/event-hooks', {
    body: { source: 'crud', event: 'routes', handler: 'log' },
  });
  const ping = await admin.call('GET', `/event-hooks/${hook.id}/ping`);
  expect([ping.status, ping.body]).toEqual([400, { message: "handler 'log' does not support 'ping'" }]);
});

test('a ping that cannot be sent says why, and undoes no creation', async () => {
  const unused = await startReceiver();
  await unused.close();
  const { status, body: hook } = await admin.call('POST', '/event-hooks', { body: webhookTo(unused.url) });
  expect(status).toBe(201);
  const ping = await admin.call('GET', `/event-hooks/${hook.id}/ping`);
  expect(ping).toMatchObject({ status: 502, body: { status: null, error_code: 'connect_refused' } });
});

test('test runs the handler past snooze and on_change, and answers as the reference shows', async () => {
  receiver.answerWith(() => ({
    status: 200,
    headers: { 'content-type': 'text/plain; charset=UTF-8' },
    body: 'thanks',
  }));
  const { body: hook } = await admin.call('POST', '/event-hooks', {
    body: { ...webhookTo(`${receiver.url}/tested`), snooze: 3600, on_change: true },
  });
  const data = { consumer: { username: 'Jane Austen' } };
  const sent = { ...data, event: 'consumers', source: 'crud' };
  for (const time of [1, 2]) {
    const { status, body } = await admin.call('POST', `/event-hooks/${hook.id}/test`, { body: data });
    expect(status).toBe(200);
    expect(body).toEqual({
      data: sent,
      result: {
        status: 200,
        body: 'thanks',
        headers: expect.objectContaining({ 'content-type': 'text/plain; charset=UTF-8' }),
      },
    });
    expect(bodiesAt('/tested')).toEqual(Array.from({ length: time }, () => sent));
  }
});

test.each([
  [500, 'http_5xx'],
  [404, 'http_4xx'],
  [410, 'gone'],
  [302, 'redirect'],
])('a ping that is answered %d is a 502 that tells the status and %s', async (receiverStatus, errorCode) => {
  receiver.answerWith(() => ({ status: receiverStatus }));
  const { status, body: hook } = await admin.call('POST', '/event-hooks', { body: webhookTo(receiver.url) });
  expect(status).toBe(201);
  const ping = await admin.call('GET', `/event-hooks/${hook.id}/ping`);
  const message = `the receiver answered ${receiverStatus}`;
  expect([ping.status, ping.body]).toEqual([502, { message, status: receiverStatus, error_code: errorCode }]);
  const read = await admin.call('GET', `/event-hooks/${hook.id}`);
  expect(read.body.enabled ?? true).toBe(true);
});

test("a receiver's refusal is the result of a test, not an error", async () => {
  receiver.answerWith(() => ({ status: 500, body: 'no' }));
  const { body: hook } = await admin.call('POST', '/event-hooks', { body: webhookTo(receiver.url) });
  const { status, body } = await admin.call('POST', `/event-hooks/${hook.id}/test`, { body: {} });
  expect(status).toBe(200);
  expect(body.result).toMatchObject({ status: 500, body: 'no', error_code: 'http_5xx' });
  const refused = await admin.call('POST', `/event-hooks/${hook.id}/test`, { body: [1] });
  expect(refused.status).toBe(400);
});

test('changes of hooks publish crud events of event_hooks', async () => {
  receiver.answerWith(() => ({}));
  const { body: listener } = await admin.call('POST', '/event-hooks', {
    body: { ...webhookTo(`${receiver.url}/changes`), event: 'event_hooks' },
  });
  const { body: hook } = await admin.call('POST', '/event-hooks', {
    body: { source: 'crud', event: 'routes', handler: 'log' },
  });
  await admin.call('PATCH', `/event-hooks/${hook.id}`, { body: { snooze: 7 } });
  await admin.call('DELETE', `/event-hooks/${hook.id}`);
  const changesOf = () => bodiesAt('/changes').filter(({ entity }) => entity.id === hook.id);
  await waitFor(() => changesOf().length >= 3);
  const changes = changesOf().sort(
    (a, b) => ['create', 'update', 'delete'].indexOf(a.operation) - ['create', 'update', 'delete'].indexOf(b.operation),
  );
  expect(changes).toMatchObject([
    { source: 'crud', event: 'event_hooks', operation: 'create', schema: 'event_hooks', entity: hook },
    { operation: 'update', entity: { snooze: 7 }, old_entity: hook },
    { operation: 'delete', entity: { snooze: 7 } },
  ]);
  expect(changes).toHaveLength(3);
  await admin.call('DELETE', `/event-hooks/${listener.id}`);
});

test('a delivery is read without the credentials that were sent', async () => {
  const { body: hook } = await admin.call('POST', '/event-hooks', {
    body: { ...webhookTo(receiver.url), config: { url: receiver.url, headers: { authorization: 'Bearer hush' } } },
  });
  await admin.call('POST', '/events', { body: { source: 'crud', event: 'consumers', data: {} } });
  const delivery = await waitFor(
    async () => (await admin.call('GET', `/deliveries?hook=${hook.id}&status=succeeded`)).body.data[0],
  );
  const { body: made } = await admin.call('POST', '/tokens', { body: { role: 'viewer' } });
  const asViewer = await admin.call('GET', `/deliveries/${delivery.id}`, { token: made.token });
  const asAdmin = await admin.call('GET', `/deliveries/${delivery.id}`);
  // Not even the record holds it; admins read it from the hook.
  expect(asAdmin.body.attempts[0].request.headers.authorization).toBeNull();
  expect(asAdmin.body.attempts[0].request.headers['content-type']).toBe('application/json');
  expect(asViewer.body.attempts[0].request.headers.authorization).toBeNull();
});

test('with details=true a test also tells the request as it was sent, and how long it took', async () => {
  receiver.answerWith(() => ({ status: 201, body: 'made' }));
  const { body: hook } = await admin.call('POST', '/event-hooks', {
    body: { ...webhookTo(`${receiver.url}/detailed`), config: { url: `${receiver.url}/detailed`, secret: 'shh' } },
  });
  const { body } = await admin.call('POST', `/event-hooks/${hook.id}/test?details=true`, { body: { n: 1 } });
  expect(body).toMatchObject({
    result: { status: 201, body: 'made' },
    details: {
      request: {
        method: 'POST',
        url: `${receiver.url}/detailed`,
        headers: { 'x-kong-signature': expect.stringMatching(/^sha1=/) },
        body: '{"n":1,"event":"consumers","source":"crud"}',
      },
      duration_ms: expect.any(Number),
      logs: [],
    },
  });
});

test('a hook that is not stored is run as it would be, and a lambda tells what it logged', async () => {
  const draft = {
    source: 'crud',
    event: 'consumers',
    handler: 'lambda',
    config: { functions: ['return function (data) kong.log.notice("saw ", data.n) return { twice = data.n * 2 } end'] },
    data: { n: 21 },
  };
  const { status, body } = await admin.call('POST', '/event-hooks/test', { body: draft });
  expect([status, body]).toMatchObject([
    200,
    { result: { value: { twice: 42 } }, details: { request: null, logs: [{ level: 'notice', message: 'saw 21' }] } },
  ]);
  const failing = { functions: ['return function () kong.log.err("before") error("no") end'] };
  const failed = await admin.call('POST', '/event-hooks/test', { body: { ...draft, config: failing } });
  expect(failed.body).toMatchObject({
    result: { error: expect.stringContaining('no') },
    details: { logs: [{ message: 'before' }] },
  });
  const refused = await admin.call('POST', '/event-hooks/test', {
    body: { ...draft, config: { functions: ['return function ('] } },
  });
  expect([refused.status, refused.body.fields.config.functions]).toMatchObject([
    400,
    [expect.stringMatching(/line 1/)],
  ]);
  const viewer = await admin.call('POST', '/tokens', { body: { role: 'viewer' } });
  expect((await admin.call('POST', '/event-hooks/test', { body: draft, token: viewer.body.token })).status).toBe(403);
});

test('with ping=false nothing is pinged: the caller does so, and sees the answer', async () => {
  const { body: hook } = await admin.call('POST', '/event-hooks?ping=false', {
    body: webhookTo(`${receiver.url}/silent`),
  });
  receiver.answerWith(() => ({ status: 500 }));
  const ping = await admin.call('GET', `/event-hooks/${hook.id}/ping`);
  expect(ping).toMatchObject({ status: 502, body: { status: 500 } });
  expect(receiver.requests.filter(({ url }) => url === '/silent')).toHaveLength(1);
  receiver.answerWith(() => ({}));
});
