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

const order = {
  description: 'An order was paid',
  fields: ['order', 'amount'],
  unique: ['order'],
  schema: {
    type: 'object',
    required: ['order'],
    properties: { order: { type: 'string', pattern: '^o-\\d+$' }, amount: { type: 'integer' } },
  },
};

test('an event of your own is added, used, checked at publishing, and kept while a hook uses it', async () => {
  const path = '/event-hooks/sources/orders/paid';
  const put = await admin.call('PUT', path, { body: order });
  expect([put.status, put.body]).toEqual([200, { data: order }]);
  expect((await admin.call('GET', path)).body).toEqual({ data: order });
  expect((await admin.call('GET', '/event-hooks/sources')).body.data.orders).toEqual({ paid: order });

  const publish = (data: unknown) =>
    admin.call('POST', '/events', {
      body: [
        { source: 'orders', event: 'paid', data: { order: 'o-1' } },
        { source: 'orders', event: 'paid', data },
      ],
    });
  expect((await publish({ order: 'o-2', amount: 3 })).status).toBe(202);
  const refused = await publish({ order: 'x', amount: 1 });
  expect(refused.status).toBe(400);
  expect(refused.body.faults).toEqual([{ index: 1, field: 'data.order', message: 'must match pattern "^o-\\d+$"' }]);

  const { body: hook } = await admin.call('POST', '/event-hooks', {
    body: { source: 'orders', event: 'paid', handler: 'log' },
  });
  expect((await admin.call('DELETE', path)).status).toBe(409);
  await admin.call('DELETE', `/event-hooks/${hook.id}`);
  expect((await admin.call('DELETE', path)).status).toBe(204);
  expect((await admin.call('GET', path)).status).toBe(404);
  expect((await publish({ order: 'o-3' })).status).toBe(400);
});

test('events are checked as publishing checks them, and none is published', async () => {
  await admin.call('PUT', '/event-hooks/sources/orders/checked', { body: order });
  const event = { source: 'orders', event: 'checked', data: { order: 'o-1' } };
  const check = (body: unknown) => admin.call('POST', '/events/check', { body });
  expect(await check([event, event])).toMatchObject({ status: 200, body: { checked: 2 } });
  const wrong = await check([event, { ...event, data: {} }, { ...event, event: 'checkd' }]);
  expect(wrong).toMatchObject({ status: 400, body: { faults: [{ index: 1 }, { index: 2, field: 'event' }] } });
  expect((await admin.call('GET', '/events?source=orders&event=checked')).body.data).toEqual([]);
});

test('a preview takes events that the catalogue does not have yet', async () => {
  const given = {
    source: 'later',
    event: 'paid',
    handler: 'webhook',
    config: { url: 'http://127.0.0.1/' },
    data: { a: 1 },
  };
  const render = (body: object) => admin.call('POST', '/event-hooks/render', { body });
  expect(await render(given)).toMatchObject({
    status: 400,
    body: { fields: { source: expect.stringContaining("unknown source 'later'") } },
  });
  const rendered = await render({ ...given, sources: { later: { paid: { fields: ['a'] } } } });
  expect(rendered).toMatchObject({
    status: 200,
    body: { request: { body: '{"a":1,"event":"paid","source":"later"}' } },
  });
  const faulty = await render({ ...given, sources: { later: { paid: { unique: ['b'] } } } });
  expect(faulty).toMatchObject({ status: 400, body: { fields: { sources: { later: { paid: { unique: {} } } } } } });
});

test.each([
  ['no JSON Schema', { type: 'nonsense' }],
  ['fetching from elsewhere', { $ref: 'https://example.com/schema.json' }],
  ['recursive', { properties: { child: { $ref: '#' } } }],
  ['with a pattern that RE2 does not know', { properties: { a: { pattern: '(?=x)' } } }],
])('a schema %s is a fault of `schema`', async (_what, schema) => {
  const { status, body } = await admin.call('PUT', '/event-hooks/sources/a/b', { body: { schema } });
  expect(status).toBe(400);
  expect(Object.keys(body.fields)).toEqual(['schema']);
});

test('every fault of a source event is told at once', async () => {
  const { status, body } = await admin.call('PUT', '/event-hooks/sources/a/b', {
    body: { fields: ['order'], unique: ['oder'], schema: { type: 'nonsense' }, nonsense: 1 },
  });
  expect([status, Object.keys(body.fields)]).toEqual([400, ['nonsense', 'schema', 'unique']]);
});

test.each([
  [
    'a path',
    { fields: ['order'], unique: ['order', 'order.id'] },
    { unique: [null, 'expected the name of one of `fields`'] },
  ],
  ['a misspelt name', { fields: ['order'], unique: ['oder'] }, { unique: ['expected the name of one of `fields`'] }],
  [
    'a name beside the schema',
    { schema: order.schema, unique: ['id'] },
    { unique: ['expected the name of one of `fields`'] },
  ],
  ['a name without any fields', { unique: ['order'] }, { unique: ['expected the name of one of `fields`'] }],
])('F14 %s in `unique` is refused', async (_what, body, fields) => {
  const answer = await admin.call('PUT', '/event-hooks/sources/orders/unique', { body });
  expect([answer.status, answer.body.fields]).toEqual([400, fields]);
});

test('the properties of a schema are fields that `unique` can name', async () => {
  const path = '/event-hooks/sources/orders/schema';
  const { status, body } = await admin.call('PUT', path, { body: { schema: order.schema, unique: ['order'] } });
  expect([status, body.data.fields]).toEqual([200, ['order', 'amount']]);
});

test('a built-in event cannot be changed', async () => {
  const { status, body } = await admin.call('PUT', '/event-hooks/sources/crud/consumers', { body: order });
  expect([status, body.fields]).toEqual([400, { event: 'a built-in event cannot be changed' }]);
});

test('the API describes itself, and shows it without anything from outside', async () => {
  const document = await fetch(`${admin.url}/openapi.json`);
  expect(await document.json()).toMatchObject({ openapi: '3.1.0' });
  const page = await fetch(`${admin.url}/docs`);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  const html = await page.text();
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link);
  expect(links.length).toBeGreaterThan(2);
  for (const link of links) {
    expect(link).toMatch(/^\//);
    expect((await fetch(admin.url + link)).status).toBe(200);
  }
});
