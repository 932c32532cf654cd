import { createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

let database: TestDatabase;
let admin: TestAdmin;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await startTestAdmin(database);
}, 60_000);
afterAll(async () => {
  await admin.stop();
  await database.drop();
});

const publish = (workspace: string, body: unknown) => admin.call('POST', `/${workspace}/events`, { body });

test('a workspace that is open adds sources and events as they come, and a closed one refuses them', async () => {
  const made = await admin.call('POST', '/workspaces', { body: { name: 'closed' } });
  expect([made.status, made.body.open]).toEqual([201, false]);
  const one = { source: 'urn:shop', event: 'paid', data: {} };
  expect((await publish('closed', one)).status).toBe(400);
  const opened = await admin.call('PATCH', '/workspaces/closed', { body: { open: true } });
  expect([opened.status, opened.body]).toEqual([200, { ...made.body, open: true }]);
  expect((await admin.call('GET', '/workspaces/closed')).body.open).toBe(true);
  const batch = [one, { ...one, event: 'sent' }, one, { source: 'crud', event: 'consumers', data: {} }];
  expect((await publish('closed', batch)).status).toBe(202);
  const { body } = await admin.call('GET', '/closed/event-hooks/sources/urn%3Ashop');
  expect(Object.keys(body.data)).toEqual(['paid', 'sent']);
  expect((await admin.call('PATCH', '/workspaces/closed', { body: { open: false, comment: 'x' } })).body).toMatchObject(
    {
      open: false,
      comment: 'x',
    },
  );
  expect((await publish('closed', one)).status).toBe(202);
  expect((await publish('closed', { ...one, event: 'lost' })).status).toBe(400);
  expect((await admin.call('GET', '/default/event-hooks/sources/urn%3Ashop')).status).toBe(404);
  expect((await admin.call('PATCH', '/workspaces/none', { body: { open: true } })).status).toBe(404);
  expect((await admin.call('PATCH', '/workspaces/closed', { body: { open: 'yes', opne: 1 } })).body.fields).toEqual({
    open: 'expected a boolean',
    opne: 'unknown field',
  });
});

test('a workspace is shown by a title that may change, and its name stays', async () => {
  const made = await admin.call('POST', '/workspaces', { body: { name: 'plain' } });
  expect([made.status, made.body.title]).toEqual([201, null]);
  const titled = await admin.call('POST', '/workspaces', { body: { name: 'titled', title: 'Zoë’s team 🚀' } });
  expect([titled.status, titled.body.title]).toEqual([201, 'Zoë’s team 🚀']);
  const rename = (title: unknown) => admin.call('PATCH', '/workspaces/titled', { body: { title } });
  expect((await rename('The B team')).body).toEqual({ ...titled.body, title: 'The B team' });
  expect((await admin.call('PATCH', '/workspaces/titled', { body: { comment: 'x' } })).body.title).toBe('The B team');
  const { body } = await admin.call('GET', '/workspaces');
  expect(body.data).toContainEqual({ ...titled.body, title: 'The B team', comment: 'x' });
  expect((await rename('x'.repeat(101))).body.fields).toEqual({ title: expect.stringContaining('100') });
  for (const title of ['', ' ', 'two\nlines', '\u009b31m']) {
    expect((await rename(title)).body.fields).toEqual({ title: 'expected text without control characters' });
  }
  expect((await rename(null)).body.title).toBeNull();
  const [entry] = (await admin.call('GET', '/audit?entity=workspaces')).body.data;
  expect(entry).toMatchObject({ action: 'update', before: { title: 'The B team' }, after: { title: null } });
});

test('an open workspace adds 1,000 at most, and takes none of a request that has more', async () => {
  await admin.call('POST', '/workspaces', { body: { name: 'many', open: true } });
  const events = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ source: 's', event: `e${from + index}`, data: {} }));
  const both = await Promise.all([publish('many', events(0, 600)), publish('many', events(0, 600))]);
  expect(both.map(({ status }) => status)).toEqual([202, 202]);
  const refused = await publish('many', events(599, 402));
  expect([refused.status, refused.body.message]).toEqual([400, expect.stringContaining('1000')]);
  expect((await publish('many', events(600, 1))).status).toBe(202);
  expect((await publish('many', events(601, 399))).status).toBe(202);
  expect((await publish('many', events(1000, 1))).status).toBe(400);
  expect((await publish('many', events(0, 1000))).status).toBe(202);
  const bad = [
    { source: '', event: 'x', data: {} },
    { source: 's', event: 'new', data: 1 },
  ];
  expect((await publish('many', bad)).body.faults).toMatchObject([{ field: 'source' }, { index: 1, field: 'data' }]);
});
