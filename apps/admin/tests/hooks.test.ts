import { createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
let database: TestDatabase;
let admin: TestAdmin;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await startTestAdmin(database);
});
afterAll(async () => {
  await admin.stop();
  await database.drop();
});

const logHook = { source: 'crud', event: 'routes', handler: 'log' };
const webhook = {
  source: 'crud',
  event: 'consumers',
  handler: 'webhook',
  config: { url: 'https://webhook.site/a1b2c3-d4e5-g6h7-i8j9-k1l2m3n4o5p6' },
};

/** A hook as the reference prints it, without ids and times. */
function withoutIdsAndTimes({ id, created_at, updated_at, ...rest }: Record<string, unknown>): unknown {
  expect(id).toMatch(UUID);
  expect(Math.abs(Number(created_at) - Date.now() / 1000)).toBeLessThan(60);
  expect(Number.isInteger(updated_at)).toBe(true);
  return rest;
}

test('the reference webhook is answered as the reference shows', async () => {
  const { status, body } = await admin.call('POST', '/event-hooks', { body: webhook });
  expect(status).toBe(201);
  expect(withoutIdsAndTimes(body)).toEqual({
    config: { headers: {}, secret: null, ssl_verify: false, url: webhook.config.url },
    event: 'consumers',
    handler: 'webhook',
    on_change: null,
    snooze: null,
    source: 'crud',
  });
  expect(Object.keys(body)).toEqual([...Object.keys(body)].sort());
});

test('the reference log hook is answered as the reference shows', async () => {
  const { status, body } = await admin.call('POST', '/event-hooks', { body: logHook });
  expect(status).toBe(201);
  expect(withoutIdsAndTimes(body)).toEqual({
    config: {},
    on_change: null,
    snooze: null,
    handler: 'log',
    source: 'crud',
    event: 'routes',
  });
});

test.each([
  [
    '-d',
    new URLSearchParams([
      ['source', 'crud'],
      ['event', 'consumers'],
      ['handler', 'webhook'],
      ['config.url', 'http://127.0.0.1:8080'],
      ['config.headers.content-type', 'application/json'],
      ['snooze', '60'],
      ['on_change', 'true'],
      ['tags[]', 'a'],
      ['tags[]', 'b'],
    ]),
  ],
  [
    '-F',
    form([
      ['source', 'crud'],
      ['event', 'consumers'],
      ['handler', 'webhook'],
      ['config.url', 'http://127.0.0.1:8080'],
      ['config.headers.content-type', 'application/json'],
      ['snooze', '60'],
      ['on_change', 'true'],
      ['tags[1]', 'a'],
      ['tags[2]', 'b'],
    ]),
  ],
])('a form sent by curl %s is read by the types of its fields', async (_flag, body) => {
  const answer = await admin.call('POST', '/event-hooks', { body });
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({
    config: { headers: { 'content-type': 'application/json' }, url: 'http://127.0.0.1:8080' },
    snooze: 60,
    on_change: true,
    tags: ['a', 'b'],
  });
});

function form(pairs: [string, string][]): FormData {
  const data = new FormData();
  for (const [name, value] of pairs) data.append(name, value);
  return data;
}

test('every fault is told at once, nested as the config nests, and nothing is stored', async () => {
  const before = (await admin.call('GET', '/event-hooks?size=1000')).body.data.length;
  const { status, body } = await admin.call('POST', '/event-hooks', {
    body: {
      source: 'crd',
      handler: 'webhook',
      snooze: '1',
      nonsense: 1,
      config: { url: 'http://10.0.0.1/', ssl_verify: 3 },
    },
  });
  expect(status).toBe(400);
  expect(body).toEqual({
    code: 2,
    name: 'schema violation',
    message:
      "schema violation (config.ssl_verify: expected a boolean; config.url: the address is blocked (private); nonsense: unknown field; snooze: expected an integer; source: unknown source 'crd', did you mean 'crud'?)",
    fields: {
      config: { ssl_verify: 'expected a boolean', url: 'the address is blocked (private)' },
      nonsense: 'unknown field',
      snooze: 'expected an integer',
      source: "unknown source 'crd', did you mean 'crud'?",
    },
  });
  expect((await admin.call('GET', '/event-hooks?size=1000')).body.data).toHaveLength(before);
});

test.each([
  [
    'webhook-custom',
    { url: 'http://127.0.0.1/', method: 'post', body: '{{ a', payload: { text: '{% if %}' }, nonsense: 1 },
    ['body', 'method', 'nonsense', 'payload'],
  ],
  ['lambda', { functions: ['return function ('], nonsense: 1 }, ['functions', 'nonsense']],
])('code of a %s is checked beside other faults of its config', async (handler, config, faulty) => {
  const { status, body } = await admin.call('POST', '/event-hooks', { body: { source: 'crud', handler, config } });
  expect([status, Object.keys(body.fields.config)]).toEqual([400, faulty]);
});

test.each([
  'HTTP://10.0.0.1/',
  'http:\\\\10.0.0.1\\',
  'http:10.0.0.1',
  'https:/10.0.0.1',
  'http://0x0a000001/',
  'http://１0.0.0.1',
])('A7 a blocked address is found however it is spelt: %s', async (url) => {
  const { status, body } = await admin.call('POST', '/event-hooks', { body: { ...webhook, config: { url } } });
  expect([status, body.fields]).toEqual([400, { config: { url: 'the address is blocked (private)' } }]);
});

test.each([' http://127.0.0.1/', 'http://10.0.0.1/\t', '\u0000http://10.0.0.1/'])(
  'A7 a URL that a parser would trim is refused: %j',
  async (url) => {
    const { status, body } = await admin.call('POST', '/event-hooks', { body: { ...webhook, config: { url } } });
    expect([status, Object.keys(body.fields.config)]).toEqual([400, ['url']]);
  },
);

test('a hook is read, patched, replaced and deleted', async () => {
  const { body: made } = await admin.call('POST', '/event-hooks', {
    body: { ...webhook, name: 'first', enabled: true },
  });
  expect(made).toMatchObject({ name: 'first', enabled: true });
  expect((await admin.call('GET', `/event-hooks/${made.id}/`)).body).toEqual(made);

  const patched = await admin.call('PATCH', `/event-hooks/${made.id}`, {
    body: { config: { headers: { a: 'b' } }, name: null },
  });
  expect(patched.status).toBe(200);
  expect(patched.body).toMatchObject({ name: null, config: { headers: { a: 'b' }, url: webhook.config.url } });

  const replaced = await admin.call('PUT', `/event-hooks/${made.id}`, { body: logHook });
  expect(replaced.status).toBe(200);
  expect(replaced.body).toMatchObject({ id: made.id, handler: 'log', config: {}, created_at: made.created_at });
  expect(replaced.body).not.toHaveProperty('name');

  expect((await admin.call('DELETE', `/event-hooks/${made.id}`)).status).toBe(204);
  expect((await admin.call('DELETE', `/event-hooks/${made.id}`)).status).toBe(204);
  const gone = await admin.call('GET', `/event-hooks/${made.id}`);
  expect([gone.status, gone.body]).toEqual([404, { message: 'Not found' }]);
});

test('a PUT adds a hook under its id; a PUT of what was read changes nothing', async () => {
  const id = '11111111-2222-3333-4444-555555555555';
  const put = await admin.call('PUT', `/event-hooks/${id}`, {
    body: { ...webhook, tags: ['x'], retry: { schedule: ['5s', 60] } },
  });
  expect([put.status, put.body.id]).toEqual([200, id]);
  const audit = (await admin.call('GET', '/audit?size=1000')).body.data.length;
  const again = await admin.call('PUT', `/event-hooks/${id}`, { body: put.body });
  expect([again.status, again.body]).toEqual([200, put.body]);
  expect((await admin.call('GET', '/audit?size=1000')).body.data).toHaveLength(audit);
});

test('the status of a hook says what holds for fields that it does not set', async () => {
  const { body: made } = await admin.call('POST', '/event-hooks', { body: logHook });
  const { body } = await admin.call('GET', `/event-hooks/${made.id}/status`);
  expect(body.defaults).toEqual({ retry: { schedule: [0.25, 5] }, timeout: 15_000, max_in_flight: 128 });
});

test('an id that is taken is a unique violation', async () => {
  const { body: made } = await admin.call('POST', '/event-hooks', { body: logHook });
  const { status, body } = await admin.call('POST', '/event-hooks', { body: { ...logHook, id: made.id } });
  expect(status).toBe(409);
  expect(body).toEqual({
    code: 5,
    name: 'unique constraint violation',
    message: `UNIQUE violation detected on '{id="${made.id}"}'`,
    fields: { id: made.id },
  });
});

test('two patches at once both take effect', async () => {
  const { body: made } = await admin.call('POST', '/event-hooks', { body: logHook });
  const patches = [{ snooze: 5 }, { on_change: true }, { name: 'n' }, { tags: ['t'] }];
  const answers = await Promise.all(patches.map((body) => admin.call('PATCH', `/event-hooks/${made.id}`, { body })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect((await admin.call('GET', `/event-hooks/${made.id}`)).body).toMatchObject({
    snooze: 5,
    on_change: true,
    name: 'n',
    tags: ['t'],
  });
});

test.each([
  ['GET', '/nothing', undefined, {}, 404, { message: 'Not found' }],
  ['PATCH', '/event-hooks', undefined, {}, 405, { message: 'Method not allowed' }],
  ['POST', '/event-hooks', '{"a":', { 'content-type': 'application/json' }, 400, { message: 'Cannot parse JSON body' }],
  ['POST', '/event-hooks', '<a/>', { 'content-type': 'text/xml' }, 415, { message: 'Unsupported media type' }],
  [
    'POST',
    '/event-hooks',
    `"${'x'.repeat(1024 * 1024)}"`,
    { 'content-type': 'application/json' },
    413,
    { message: 'Request body too large' },
  ],
  [
    'GET',
    '/event-hooks?size=0',
    undefined,
    {},
    400,
    { code: 9, name: 'invalid size', message: 'size must be an integer between 1 and 1000' },
  ],
  [
    'GET',
    '/event-hooks?offset=x',
    undefined,
    {},
    400,
    { code: 7, name: 'invalid offset', message: "'x' is not a valid offset: bad base64 encoding" },
  ],
  ['GET', '/no-such-workspace/event-hooks', undefined, {}, 404, { message: 'Workspace not found' }],
])('%s %s is refused in the shape of Kong', async (method, path, sent, headers, status, body) => {
  const answer = await admin.call(method, path, { headers, ...(sent !== undefined && { body: sent }) });
  expect([answer.status, answer.body]).toEqual([status, body]);
});

test('sources are listed as the reference shows', async () => {
  const { body } = await admin.call('GET', '/event-hooks/sources');
  expect(body.data.balancer).toEqual({ health: { fields: ['upstream_id', 'ip', 'port', 'hostname', 'health'] } });
  expect(body.data.crud.acls).toEqual({ fields: ['operation', 'entity', 'old_entity', 'schema'] });
  expect(body.data.crud['consumers:create']).toEqual(body.data.crud.acls);
  expect(body.data['rate-limiting-advanced']).toEqual({
    'rate-limit-exceeded': {
      description: 'Run an event when a rate limit has been exceeded',
      fields: ['consumer', 'ip', 'service', 'rate', 'limit', 'window'],
      unique: ['consumer', 'ip', 'service'],
    },
  });
  const crud = await admin.call('GET', '/event-hooks/sources/dao:crud');
  const fields = ['operation', 'entity', 'old_entity', 'schema'];
  expect(crud.body).toEqual({ data: { create: { fields }, delete: { fields }, update: { fields } } });
});
