import { createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

let database: TestDatabase;
let admin: TestAdmin;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await startTestAdmin(database);
  await admin.call('POST', '/workspaces', { body: { name: 'attacker' } });
  await admin.call('POST', '/workspaces', { body: { name: 'innocent' } });
}, 60_000);
afterAll(async () => {
  await admin.stop();
  await database.drop();
});

const put = (workspace: string, name: string, schema: unknown) =>
  admin.call('PUT', `/${workspace}/event-hooks/sources/s/${name}`, {
    body: typeof schema === 'string' ? `{"schema":${schema}}` : { schema },
    headers: { 'content-type': 'application/json' },
  });
const publish = (workspace: string, name: string, data: unknown) =>
  admin.call('POST', `/${workspace}/events`, { body: { source: 's', event: name, data } });

test('faults of schemas stand beside all others, by index and field', async () => {
  expect((await put('innocent', 'paid', { required: ['n'], properties: { n: { minimum: 1 } } })).status).toBe(200);
  const { status, body } = await admin.call('POST', '/innocent/events', {
    body: [
      { source: 's', event: 'paid', data: { n: 0 } },
      { source: 's', event: 'paid', data: { n: 1 } },
      { source: 's', event: 'no', data: {} },
      { source: 's', event: 'paid', data: {} },
    ],
  });
  expect([status, body.faults.map(({ index, field }: { index: number; field: string }) => [index, field])]).toEqual([
    400,
    [
      [0, 'data.n'],
      [2, 'event'],
      [3, 'data'],
    ],
  ]);
});

test("F1 a schema's const keeps its digits, from the request to PostgreSQL and back", async () => {
  const schema = '{"properties":{"n":{"const":7615917337495251231},"w":{"enum":[136.0,1e400]}}}';
  expect((await put('innocent', 'exact', schema)).text).toContain(schema);
  expect((await admin.call('GET', '/innocent/event-hooks/sources/s/exact')).text).toContain(schema);
  const send = async (data: string) => {
    const body = `{"source":"s","event":"exact","data":${data}}`;
    const answer = await admin.call('POST', '/innocent/events', {
      body,
      headers: { 'content-type': 'application/json' },
    });
    return answer.body.message ?? answer.status;
  };
  expect(await send('{"n":7615917337495251231,"w":136}')).toBe(202);
  expect(await send('{"n":7615917337495251231.0,"w":10e399}')).toBe(202);
  expect(await send('{"n":7615917337495251232}')).toMatch(/equal to constant/);
  expect(await send('{"w":1e401}')).toMatch(/allowed values/);
});

test('A1 a schema with patterns too large is refused where it is written', async () => {
  const startedAt = performance.now();
  const { status, body } = await put('attacker', 'big', { properties: { a: { pattern: '(a|b)*'.repeat(4_500) } } });
  expect([status, Object.keys(body.fields)]).toEqual([400, ['schema']]);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test("A1 schemas that take for ever cost their own workspace its budget, and nobody else's publishing its time", async () => {
  const constants = Array.from({ length: 300 }, (_, index) => ({ const: index }));
  expect((await put('attacker', 'slow', { properties: { list: { items: { oneOf: constants } } } })).status).toBe(200);
  const pattern = { properties: { text: { pattern: '(?:[a-z]{1,40}[0-9]?){20}$' } } };
  expect((await put('attacker', 'pattern', pattern)).status).toBe(200);
  const attacks = [
    { name: 'slow', data: { list: Array.from({ length: 60_000 }, (_, index) => index % 300) } },
    { name: 'pattern', data: { text: `${'abcdefghij'.repeat(25_000)}!` } },
  ];
  let over = false;
  const attacked = Array.from({ length: 6 }, async (_, index) => {
    for (let round = 0; round < 4 && !over; round += 1) {
      const { name, data } = attacks[(index + round) % 2] ?? { name: '', data: {} };
      const { status } = await publish('attacker', name, data);
      // One check may end within its deadline; together they use the budget up.
      expect([202, 400, 429]).toContain(status);
      if (status === 429) over = true;
    }
  });
  const times: number[] = [];
  const innocent = async () => {
    while (!over && times.length < 500) {
      const startedAt = performance.now();
      expect((await publish('innocent', 'paid', { n: 1 })).status).toBe(202);
      times.push(performance.now() - startedAt);
    }
  };
  await Promise.all([...attacked, innocent()]);
  const sorted = times.toSorted((a, b) => a - b);
  expect(over).toBe(true);
  expect(times.length).toBeGreaterThan(10);
  expect(sorted[Math.floor(sorted.length * 0.95)]).toBeLessThan(1_000);
  // Other events of the workspace go on.
  expect(
    (await admin.call('POST', '/attacker/events', { body: { source: 'crud', event: 'consumers', data: {} } })).status,
  ).toBe(202);
}, 60_000);
