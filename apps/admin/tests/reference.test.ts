import { migrateQueue } from '@eventhooks/queue';
import { type App, type Receiver, startReceiver } from '../../../tests/support/index.ts';
import { createHookTester } from '../src/hook-tests.ts';
import {
  type CallOptions,
  createTestDatabase,
  startTestAdmin,
  startTestWorker,
  type TestAdmin,
  type TestDatabase,
} from './test-admin.ts';

// The examples of Kong's reference page: the documented request gives the documented answer, ids and times aside.

let database: TestDatabase;
let admin: TestAdmin;
let worker: App;
let receiver: Receiver;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrateQueue(database.directUrl);
  [worker, receiver] = await Promise.all([startTestWorker(database), startReceiver()]);
  admin = await startTestAdmin(database);
}, 60_000);
afterAll(async () => {
  await admin.stop();
  await worker.stop();
  await receiver.close();
  await database.drop();
});

function withoutIdsAndTimes({ id, created_at, updated_at, ...rest }: Record<string, unknown>): unknown {
  expect([typeof id, typeof created_at, typeof updated_at]).toEqual(['string', 'number', 'number']);
  return rest;
}

const slackText = 'Admin account `{{ entity.username }}` {{ operation}}d; email address set to `{{ entity.email }}`';
const slackHook = {
  config: {
    body: null,
    body_format: true,
    headers: { 'content-type': 'application/json' },
    headers_format: false,
    method: 'POST',
    payload: { text: slackText },
    payload_format: true,
    secret: null,
    ssl_verify: false,
    url: 'https://hooks.slack.com/services/foo/bar/baz',
  },
  event: 'admins',
  handler: 'webhook-custom',
  on_change: null,
  snooze: null,
  source: 'crud',
};

const lambdaSource =
  'return function (data, event, source, pid)\n local user = data.entity.username\n error("Event hook on consumer " .. user .. "")\nend\n';
const lambdaHook = {
  config: { functions: [lambdaSource] },
  event: 'consumers',
  handler: 'lambda',
  on_change: null,
  snooze: null,
  source: 'crud',
};

const slackFields: [string, string][] = [
  ['source', 'crud'],
  ['event', 'admins'],
  ['handler', 'webhook-custom'],
  ['config.method', 'POST'],
  ['config.url', 'https://hooks.slack.com/services/foo/bar/baz'],
  ['config.headers.content-type', 'application/json'],
  ['config.payload.text', slackText],
];

/** A multipart body as curl -F writes it: values stay as they are; fetch would turn each newline into CRLF. */
function multipart(pairs: readonly [string, string][], file = ''): { body: string; headers: Record<string, string> } {
  const parts = pairs.map(
    ([name, value]) => `--xx\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`,
  );
  return { body: `${parts.join('')}--xx--\r\n`, headers: { 'content-type': 'multipart/form-data; boundary=xx' } };
}

test('the Slack webhook, as curl -d sends it', async () => {
  const { status, body } = await admin.call('POST', '/event-hooks', { body: new URLSearchParams(slackFields) });
  expect(status).toBe(201);
  expect(withoutIdsAndTimes(body)).toEqual(slackHook);
});

const lambdaFields: [string, string][] = [
  ['source', 'crud'],
  ['event', 'consumers'],
  ['handler', 'lambda'],
];

test.each<[string, CallOptions]>([
  ['curl -d', { body: new URLSearchParams([...lambdaFields, ['config.functions', lambdaSource]]) }],
  ['curl -F', multipart([...lambdaFields, ['config.functions', lambdaSource]])],
  ['curl -F with files', multipart([...lambdaFields, ['config.functions', lambdaSource]], '; filename="x.lua"')],
  [
    "HTTPie's config.functions[]",
    { body: new URLSearchParams([...lambdaFields, ['config.functions[]', lambdaSource]]) },
  ],
  ['config.functions[1]', { body: new URLSearchParams([...lambdaFields, ['config.functions[1]', lambdaSource]]) }],
  ['JSON', { body: { source: 'crud', event: 'consumers', handler: 'lambda', config: { functions: [lambdaSource] } } }],
])('the lambda, by %s', async (_spelling, options) => {
  const { status, body } = await admin.call('POST', '/event-hooks', options);
  expect(status).toBe(201);
  expect(withoutIdsAndTimes(body)).toEqual(lambdaHook);
});

test('the list', async () => {
  const { body: workspace } = await admin.call('POST', '/workspaces', { body: { name: 'listed' } });
  expect(workspace.name).toBe('listed');
  const webhook = {
    config: {
      headers: {},
      secret: null,
      ssl_verify: false,
      url: 'https://webhook.site/a1b2c3-d4e5-g6h7-i8j9-k1l2m3n4o5p6',
    },
    event: 'consumers',
    handler: 'webhook',
    on_change: null,
    snooze: null,
    source: 'crud',
  };
  const ids = [
    '937df175-3db2-4e6d-8aa1-d95c94a76089',
    'c57340ab-9fed-40fd-bb7e-1cef8d37c2df',
    'c9fdd58d-5416-4d3a-9467-51e5cfe4ca0e',
  ];
  for (const [index, hook] of [slackHook, webhook, lambdaHook].entries()) {
    const { status } = await admin.call('POST', '/listed/event-hooks', { body: { id: ids[index], ...hook } });
    expect(status).toBe(201);
  }
  const { body } = await admin.call('GET', '/listed/event-hooks');
  expect({ ...body, data: body.data.map(withoutIdsAndTimes) }).toEqual({
    data: [slackHook, webhook, lambdaHook],
    next: null,
  });
  expect(body.data.map(({ id }: { id: string }) => id)).toEqual(ids);
});

test('the test of a lambda answers with its error as Lua words it', async () => {
  const { body: hook } = await admin.call('POST', '/event-hooks', { body: lambdaHook });
  const data = { entity: { username: 'Ada' } };
  const { status, body } = await admin.call('POST', `/event-hooks/${hook.id}/test`, { body: data });
  expect(status).toBe(200);
  expect(body).toEqual({
    data: { ...data, event: 'consumers', source: 'crud' },
    result: { error: '[string "return function (data, event, source, pid)..."]:3: Event hook on consumer Ada' },
  });
});

test('the test of a lambda answers with its value', async () => {
  const functions = [
    'return function (data) return data.n + 1 end',
    'return function (data, event) return { event, data } end',
  ];
  const { body: hook } = await admin.call('POST', '/event-hooks', { body: { ...lambdaHook, config: { functions } } });
  const { body } = await admin.call('POST', `/event-hooks/${hook.id}/test`, { body: { n: 1 } });
  expect(body.result).toEqual({ value: ['consumers', 2] });
});

test('the test of a custom webhook sends what its templates make', async () => {
  const config = { ...slackHook.config, url: receiver.url };
  const { body: hook } = await admin.call('POST', '/event-hooks', { body: { ...slackHook, config } });
  const data = { operation: 'create', entity: { username: 'Ada', email: 'ada@example.com' } };
  const { body } = await admin.call('POST', `/event-hooks/${hook.id}/test`, { body: data });
  expect(body.result.status).toBe(200);
  expect(JSON.parse(receiver.requests.at(-1)?.body.toString() ?? '')).toEqual({
    text: 'Admin account `Ada` created; email address set to `ada@example.com`',
  });
});

test('templates and functions are compiled when they are written', async () => {
  const template = await admin.call('POST', '/event-hooks', {
    body: { ...slackHook, nonsense: 1, config: { ...slackHook.config, payload: { text: 'a\n{% if %}' } } },
  });
  expect(template.status).toBe(400);
  expect(Object.keys(template.body.fields).sort()).toEqual(['config', 'nonsense']);
  expect(JSON.stringify(template.body.fields.config.payload)).toMatch(/line 2/i);
  const lambda = await admin.call('POST', '/event-hooks', {
    body: { ...lambdaHook, config: { functions: [lambdaSource, 'return function (\n end end'] } },
  });
  expect(lambda.status).toBe(400);
  expect(lambda.body.fields.config.functions[0]).toBeNull();
  expect(lambda.body.fields.config.functions[1]).toMatch(/line 2|:2:/);
});

test('without a worker, a hook test says so when its time is over', async () => {
  const { body: hook } = await admin.call('POST', '/event-hooks', { body: { source: 'crud', handler: 'log' } });
  const alone = await createTestDatabase();
  await migrateQueue(alone.directUrl);
  const lonely = await startTestAdmin(alone);
  const hookTester = createHookTester({ ...lonely.context, answerDeadlineMs: 50 });
  const answer = await hookTester.run({ hook, source: 'crud', event: 'test', dataText: '{}' });
  expect(answer).toEqual({ ok: false, reason: expect.stringContaining('no worker answered') });
  await lonely.stop();
  await alone.drop();
});
