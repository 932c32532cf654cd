import { randomUUID } from 'node:crypto';
import { EVENT_ROUTES, ROUTES } from '../src/routes/index.ts';
import { createTestDatabase, sendUnchanged, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

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

const routes = [...EVENT_ROUTES, ...ROUTES];
/** Texts that no name, id, time or filter is. */
const texts = {
  'a NUL character': '%00',
  'a NUL character within': 'a%00b',
  'a byte that is not UTF-8': '%ff',
  'Latin-1': 'J%FCrgen',
  'a lone surrogate': '%ED%A0%80',
  'an overlong slash': '%C0%AF',
  'a cut sequence': '%E2%82',
  'a lone percent sign': '%',
  'no hexadecimal digits': '%zz',
  '36 dashes': '-'.repeat(36),
  'a UUID with a letter too many': `${randomUUID()}a`,
  'a UUID and a NUL character': `${randomUUID()}%00`,
  __proto__: '__proto__',
  'an encoded slash': 'a%2Fb',
  'a quote': "'%22%3B--",
  'an emoji': '%F0%9F%98%80',
  'a long text': 'x'.repeat(4_000),
};

function fill(path: string, value: (name: string) => string): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => value(name));
}

const bodyOf = (method: string) => (method === 'get' || method === 'delete' ? {} : { body: {} });

test.each(routes.filter(({ path }) => path.includes('{')).map(({ method, path }) => [method, path] as const))(
  'F15 %s %s takes no text as a parameter of its path that PostgreSQL could not compare',
  async (method, path) => {
    for (const [what, text] of Object.entries(texts)) {
      for (const prefix of ['', '/default']) {
        const url = prefix + fill(path, () => text);
        const { status } = await admin.call(method.toUpperCase(), url, bodyOf(method));
        expect([what, url, status < 500]).toEqual([what, url, true]);
      }
    }
  },
);

test.each(
  routes.flatMap(({ method, path, document: { query } }) =>
    Object.keys(query?.shape ?? {}).map((name) => [method, path, name] as const),
  ),
)('F15 %s %s takes no text as %s that PostgreSQL could not compare', async (method, path, name) => {
  for (const [what, text] of Object.entries(texts)) {
    const url = `${fill(path, () => randomUUID())}?${name}=${text}`;
    const { status } = await admin.call(method.toUpperCase(), url, bodyOf(method));
    expect([what, url, status < 500]).toEqual([what, url, true]);
  }
});

test.each(routes.map(({ method, path }) => [method, path] as const))(
  'F15 %s %s answers 404 behind a workspace whose name is no text',
  async (method, path) => {
    for (const workspace of ['%00', '%ff', '%', '__proto__']) {
      const url = `/${workspace}${fill(path, () => randomUUID())}`;
      expect((await admin.call(method.toUpperCase(), url, bodyOf(method))).status).toBe(404);
    }
  },
);

test.each([
  ['GET', '/events?source=%00', 400, 'source: must not contain a NUL character'],
  ['GET', '/events?source=a&source=%00', 200, undefined],
  ['GET', '/events?unknown=%00', 200, undefined],
  ['GET', '/events?source=%ff', 400, 'The query is not percent-encoded UTF-8'],
  ['GET', '/events?%ff=1', 400, 'The query is not percent-encoded UTF-8'],
  ['GET', '/deliveries/export?error_code=%00', 400, 'error_code: must not contain a NUL character'],
  ['GET', '/event-hooks?tags=a,%00', 400, 'tags: must not contain a NUL character'],
  ['GET', '/audit?entity_id=%00', 400, 'entity_id: must not contain a NUL character'],
  ['GET', '/stats?hook=%00', 400, 'hook: must not contain a NUL character'],
  ['GET', '/stats/hooks?ids=%00', 400, 'ids: must not contain a NUL character'],
  ['DELETE', '/workspaces/%00', 404, 'Not found'],
  ['GET', '/workspaces/%00', 404, 'Not found'],
  ['DELETE', '/workspaces/%ff', 400, 'Bad request'],
  ['DELETE', '/event-hooks/sources/%00/a', 404, 'Not found'],
  ['DELETE', `/tokens/${'-'.repeat(36)}`, 404, 'Not found'],
])('F15 %s %s is answered %d', async (method, url, status, message) => {
  const answer = await admin.call(method, url);
  expect([answer.status, answer.body.message]).toEqual([status, message]);
});

test('F15 a PUT names the part of its path that can name nothing', async () => {
  const source = await admin.call('PUT', '/event-hooks/sources/%00/a', { body: {} });
  expect([source.status, Object.keys(source.body.fields)]).toEqual([400, ['source']]);
  const hook = await admin.call('PUT', `/event-hooks/${'-'.repeat(36)}`, { body: {} });
  expect([hook.status, hook.body.fields]).toEqual([400, { id: 'expected a valid UUID' }]);
});

test('a target with scheme and authority names the same path, behind a workspace, too', async () => {
  for (const name of ['one', 'two']) {
    await admin.call('POST', '/event-hooks', { body: { name, source: 'crud', handler: 'log' } });
  }
  const get = (path: string) => sendUnchanged(admin, { path });
  const plain = await get('/default/event-hooks?size=1');
  const next = expect.stringMatching(/^\/default\/event-hooks\?size=1&offset=/);
  expect(plain).toMatchObject({ status: 200, body: { next } });
  for (const origin of [admin.url, 'HTTPS://hooks.example.com:8443', 'http://[::1]']) {
    expect(await get(`${origin}/default/event-hooks?size=1`)).toEqual(plain);
    expect((await get(`${origin}?size=1`)).status).toBe(404);
  }
});

test('paths keep their case, since a workspace may be named Events', async () => {
  expect((await admin.call('GET', '/Event-Hooks')).status).toBe(404);
  expect((await admin.call('GET', '/events')).status).toBe(200);
});

test('no cache keeps an answer of the API, whatever its status', async () => {
  for (const path of ['/event-hooks', `/event-hooks/${randomUUID()}`, '/events?size=0', '/default/tokens']) {
    expect((await admin.call('GET', path)).headers.get('cache-control')).toBe('no-store');
  }
});

test.each(['yesterday 1', '2026-02-31', '2026-11-24T08:00Z', '1795507200000', '', '24 Nov 2026'])(
  'F16 %j as since or until is refused with a hint',
  async (text) => {
    for (const path of ['/events', '/deliveries', '/deliveries/export']) {
      for (const name of ['since', 'until']) {
        const { status, body } = await admin.call('GET', `${path}?${new URLSearchParams({ [name]: text })}`);
        const message = `${name}: expected an RFC 3339 time such as 2026-11-24T08:00:00Z (UTC where no zone is given), or epoch seconds`;
        expect([status, body]).toEqual([400, { message }]);
      }
    }
    const hook = randomUUID();
    const replay = await admin.call('POST', `/event-hooks/${hook}/replay`, { body: { since: text, until: text } });
    expect([replay.status, Object.keys(replay.body.fields)]).toEqual([400, ['since', 'until']]);
  },
);

test('F16 a plus sign that was not encoded is explained', async () => {
  const { status, body } = await admin.call('GET', '/events?since=2026-11-24T08:00:00+02:00');
  expect(status).toBe(400);
  expect(body.message).toMatch(/; in a URL a \+ is written %2B$/);
  expect((await admin.call('GET', '/events?since=2026-11-24T08:00:00%2B02:00')).status).toBe(200);
});

test('F16 a time without a zone is UTC, whatever the zone of the server', async () => {
  const zone = process.env.TZ;
  process.env.TZ = 'Pacific/Auckland';
  try {
    const { body } = await admin.call('POST', '/events', {
      body: { source: 'crud', event: 'consumers', data: { operation: 'create' } },
    });
    const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString().slice(0, 19);
    const idsOf = async (query: string) =>
      (await admin.call('GET', `/events?${query}`)).body.data.map(({ id }: { id: string }) => id);
    expect(await idsOf(`since=${secondsAgo(60)}`)).toContain(body.id);
    expect(await idsOf(`since=${secondsAgo(-60)}`)).toEqual([]);
    expect(await idsOf(`until=${secondsAgo(60)}`)).not.toContain(body.id);
    expect(await idsOf(`until=${secondsAgo(-60)}`)).toContain(body.id);
  } finally {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  }
});

test.each(['-'.repeat(36), 'x', '1', '00000000-0000-0000-0000-00000000000g'])(
  'F17 %s is no id: 404 for every method but PUT',
  async (id) => {
    const ofHooks = routes.filter(({ method, path }) => path.includes('{id}') && method !== 'put');
    for (const { method, path } of ofHooks) {
      const url = fill(path, () => id);
      const { status, body } = await admin.call(method.toUpperCase(), url, bodyOf(method));
      expect([method, url, status, body]).toEqual([method, url, 404, { message: 'Not found' }]);
    }
  },
);
