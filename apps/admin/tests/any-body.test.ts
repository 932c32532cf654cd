import fc from 'fast-check';
import { createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

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

const names = [
  'source',
  'event',
  'handler',
  'config',
  'snooze',
  'on_change',
  'enabled',
  'name',
  'tags',
  'retry',
  'timeout',
  'rate_limit',
  'max_in_flight',
  'id',
  'created_at',
  '__proto__',
  'constructor',
];
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('crud', 'consumers', 'webhook', 'log', '\u0000', '\ud800', 'http://127.0.0.1:8080/'),
);
const anything = fc.jsonValue({ maxDepth: 4, noUnicodeString: false } as never);
const value = fc.oneof(text, anything, fc.integer(), fc.boolean(), fc.constant(null));

/** Bodies near enough to a hook that some are taken. */
const config = fc.oneof(
  value,
  fc.record(
    {
      url: fc.constantFrom('http://127.0.0.1:8080/', 'http://10.0.0.1', 'x'),
      headers: fc.dictionary(text, text, { maxKeys: 3 }),
      secret: value,
      ssl_verify: value,
    },
    { requiredKeys: [] },
  ),
);
const nearHook = fc
  .tuple(
    fc.record({
      source: fc.constant('crud'),
      handler: fc.constantFrom('webhook', 'log'),
      config: fc.oneof(fc.constant({}), fc.constant({ url: 'http://127.0.0.1:8080/' }), config),
    }),
    fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 3 }),
  )
  .map(
    ([base, extra]) =>
      `{${[...Object.entries(base), ...extra].map(([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item)}`).join(',')}}`,
  );
const someBody = fc.oneof(
  anything.map((item) => JSON.stringify(item)),
  nearHook,
);

function expectAnswer({ status, body }: { status: number; body: Record<string, unknown> }): void {
  expect([200, 201, 202, 400, 409]).toContain(status);
  if (status === 400) expect(body).toMatchObject({ code: 2, fields: expect.anything() });
}

const json = { 'content-type': 'application/json' };

test('any JSON posted is taken, or refused by its faults; what was stored reads back equal, and put back changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(someBody, async (body) => {
      const made = await admin.call('POST', '/event-hooks', { body, headers: json });
      expectAnswer(made);
      if (made.status !== 201) return;
      const path = `/event-hooks/${made.body.id}`;
      expect((await admin.call('GET', path)).body).toEqual(made.body);
      const put = await admin.call('PUT', path, { body: made.body });
      expect([put.status, put.body]).toEqual([200, made.body]);
      await admin.call('DELETE', path);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('any JSON patched is taken or refused by its faults', async () => {
  const { body: hook } = await admin.call('POST', '/event-hooks', { body: { source: 'crud', handler: 'log' } });
  await fc.assert(
    fc.asyncProperty(someBody, async (body) => {
      const patched = await admin.call('PATCH', `/event-hooks/${hook.id}`, { body, headers: json });
      expectAnswer(patched);
      if (patched.status === 200)
        expect((await admin.call('GET', `/event-hooks/${hook.id}`)).body).toEqual(patched.body);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('any form is taken or refused by its faults', async () => {
  const key = fc.oneof(
    fc.constantFrom(
      'source',
      'handler',
      'config.url',
      'config.headers.a',
      'tags[]',
      'tags[1]',
      'config[url]',
      'a.b.c',
      '__proto__.x',
      'config.__proto__.y',
      'constructor.prototype.z',
      'tags[999999]',
    ),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(key, fc.string()), { maxLength: 6 }), async (pairs) => {
      expectAnswer(
        await admin.call('POST', '/event-hooks', { body: new URLSearchParams([['handler', 'log'], ...pairs]) }),
      );
    }),
    { numRuns: 100 },
  );
  expect(Reflect.get({}, 'x')).toBeUndefined();
}, 60_000);

test('any JSON published is accepted or refused by its faults', async () => {
  const near = fc.record(
    {
      source: fc.constantFrom('crud', 'x'),
      event: fc.constantFrom('consumers', 'y'),
      data: fc.oneof(anything, fc.dictionary(text, anything)),
      id: value,
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(anything, near, fc.array(near, { maxLength: 3 })).map((item) => JSON.stringify(item));
  await fc.assert(
    fc.asyncProperty(body, async (sent) =>
      expectAnswer(await admin.call('POST', '/events', { body: sent, headers: json })),
    ),
    { numRuns: 150 },
  );
}, 60_000);

test.each([
  ['nested a million deep', `${'['.repeat(400_000)}${']'.repeat(400_000)}`],
  ['nested in a hook', `{"source":"crud","handler":"log","config":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
])('a body %s is refused', async (_what, body) => {
  for (const path of ['/event-hooks', '/events', '/tokens', '/workspaces']) {
    expect((await admin.call('POST', path, { body, headers: json })).status).toBe(400);
  }
  expect((await admin.call('PUT', '/event-hooks/sources/a/b', { body, headers: json })).status).toBe(400);
});
