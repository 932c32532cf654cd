import { type App, waitFor } from '../../../tests/support/index.ts';
import {
  ADMIN_TOKEN,
  createTestDatabase,
  startTestAdmin,
  startTestWorker,
  type TestAdmin,
  type TestDatabase,
} from './test-admin.ts';

let database: TestDatabase;
let admin: TestAdmin;
let worker: App;

beforeAll(async () => {
  database = await createTestDatabase();
  worker = await startTestWorker(database);
  // Activity is announced, which takes a session.
  admin = await startTestAdmin(database, { databaseDirectUrl: database.directUrl });
}, 60_000);
afterAll(async () => {
  await admin.stop();
  await worker.stop();
  await database.drop();
});

interface LiveEvent {
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  data: any;
}

interface Follower {
  status: number;
  events: LiveEvent[];
  isEnded: () => boolean;
  stop(): void;
}

async function follow(prefix = '', token = ADMIN_TOKEN): Promise<Follower> {
  const cut = new AbortController();
  const response = await fetch(`${admin.url}${prefix}/stream`, {
    headers: { accept: 'text/event-stream', 'kong-admin-token': token },
    signal: cut.signal,
  });
  const events: LiveEvent[] = [];
  let isEnded = false;
  const read = async (): Promise<void> => {
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const [, event = '', data = ''] = /event: (.*)\ndata: (.*)/.exec(text.slice(0, end)) ?? [];
        text = text.slice(end + 2);
        if (event !== '') events.push({ event, data: JSON.parse(data) });
      }
    }
  };
  read()
    .catch(() => undefined)
    .finally(() => {
      isEnded = true;
    });
  if (response.status === 200) await waitFor(() => events.length > 0, { what: 'the stream opens' });
  return { status: response.status, events, isEnded: () => isEnded, stop: () => cut.abort() };
}

const publish = (prefix: string, data: unknown) =>
  admin.call('POST', `${prefix}/events`, { body: { source: 'crud', event: 'routes', data } });

test('who looks on sees what is published and delivered in their workspace, and nothing of others', async () => {
  await admin.call('POST', '/workspaces', { body: { name: 'team-a' } });
  const [ours, theirs] = await Promise.all([follow('/team-a'), follow()]);
  const hook = await admin.call('POST', '/team-a/event-hooks', {
    body: { source: 'crud', event: 'routes', handler: 'log' },
  });
  await waitFor(() => [ours, theirs].every(({ events }) => events.some(({ event }) => event === 'configuration')));
  expect((await publish('/team-a', { n: 1 })).status).toBe(202);

  const delivered = await waitFor(() =>
    ours.events.flatMap(({ data }) => data.deliveries ?? []).find(({ status }) => status === 'succeeded'),
  );
  expect(delivered).toMatchObject({ hook_id: hook.body.id, source: 'crud', event: 'routes' });
  await waitFor(() => ours.events.some(({ data }) => data.event_count > 0));
  expect(JSON.stringify(theirs.events)).not.toContain(hook.body.id);
  ours.stop();
  theirs.stop();
});

test('the stream asks for a reader, and for its own media type', async () => {
  const { body } = await admin.call('POST', '/tokens', { body: { role: 'publisher' } });
  expect((await follow('', body.token)).status).toBe(403);
  expect((await follow('', 'wrong')).status).toBe(401);
  expect((await admin.call('GET', '/stream')).status).toBe(406);
});

test('counters say what was published, delivered and held back', async () => {
  await admin.call('POST', '/workspaces', { body: { name: 'counted' } });
  const onChange = { source: 'crud', event: 'routes', handler: 'log', on_change: true };
  const failing = { source: 'crud', event: 'routes', handler: 'lambda', retry: { schedule: [] }, config: {} };
  const hooks = [];
  for (const body of [onChange, { ...failing, config: { functions: ['return function () error("no") end'] } }]) {
    hooks.push((await admin.call('POST', '/counted/event-hooks', { body })).body.id);
  }
  for (const n of [1, 1]) await publish('/counted', { n });

  const expected = { succeeded: 1, suppressed: 1, failed: 2, exhausted: 2 };
  const { body } = await waitFor(
    async () => {
      const answer = await admin.call('GET', '/counted/stats?range=1h');
      const { events, succeeded, suppressed, failed } = answer.body.total;
      // The admin and the worker write each at its own time.
      return events >= 4 && succeeded + suppressed + failed >= 4 ? answer : undefined;
    },
    { timeoutMs: 30_000, what: 'the counters are written' },
  );
  expect(body.total).toMatchObject(expected);
  // Two of ours; and making the hooks published events of its own, to which nobody listens.
  expect(body.total.events).toBe(4);
  expect(body.buckets).toHaveLength(60);
  expect(body.worst_hooks).toMatchObject([{ hook_id: hooks[1], failed: 2 }]);
  expect(body.total.duration_ms.p99).toBeGreaterThan(0);

  const ofHooks = await admin.call('GET', `/counted/stats/hooks?ids=${hooks.join(',')}&range=1h`);
  const totals = new Map(
    ofHooks.body.data.map((one: { hook_id: string; total: { succeeded: number; failed: number } }) => [
      one.hook_id,
      [one.total.succeeded, one.total.failed],
    ]),
  );
  expect(totals).toEqual(
    new Map([
      [hooks[0], [1, 0]],
      [hooks[1], [0, 2]],
    ]),
  );
  const ofOne = await admin.call('GET', `/counted/stats?range=24h&hook=${hooks[0]}`);
  expect([ofOne.body.total.succeeded, ofOne.body.buckets.length]).toEqual([1, 96]);
  expect((await admin.call('GET', '/stats?range=1h')).body.total.failed).toBe(0);
});

test('events come with what became of them at each hook they met', async () => {
  const { body } = await admin.call('GET', '/counted/events?source=crud&event=routes&decisions=true');
  const statuses = body.data.map(({ deliveries }: { deliveries: { status: string }[] }) =>
    deliveries.map(({ status }) => status).sort(),
  );
  // Which of the two fired first is not promised.
  expect(statuses.sort()).toEqual([
    ['exhausted', 'succeeded'],
    ['exhausted', 'suppressed'],
  ]);
  const plain = await admin.call('GET', '/counted/events');
  expect(plain.body.data[0].deliveries).toBeUndefined();
});

test('the system page names the processes, the queues and what is stored, but not to a token of one workspace', async () => {
  const { body } = await waitFor(
    async () => {
      const answer = await admin.call('GET', '/system');
      return answer.body.processes.some(({ is_scheduler }: { is_scheduler: boolean }) => is_scheduler)
        ? answer
        : undefined;
    },
    { timeoutMs: 30_000, what: 'the scheduler is seen' },
  );
  expect(body.processes.map(({ kind }: { kind: string }) => kind).sort()).toEqual(['admin', 'worker']);
  expect(body.queue).toMatchObject({
    backend: 'postgres',
    jobs: [{ name: 'dispatch' }, { name: 'delivery' }, { name: 'probe' }],
  });
  expect(body.postgresql.database_bytes).toBeGreaterThan(0);
  const { body: bound } = await admin.call('POST', '/team-a/tokens', { body: { role: 'viewer' } });
  expect((await admin.call('GET', '/team-a/system', { token: bound.token })).status).toBe(403);
});

test('questions that make no sense are refused', async () => {
  for (const path of [
    '/stats?range=1y',
    '/stats?hook=x',
    '/stats/hooks?ids=x',
    `/stats/hooks?ids=${'x,'.repeat(201)}`,
  ]) {
    expect((await admin.call('GET', path)).status).toBe(400);
  }
});

test('an admin that stops ends the streams', async () => {
  const other = await startTestAdmin(database);
  const response = await fetch(`${other.url}/stream`, {
    headers: { accept: 'text/event-stream', 'kong-admin-token': ADMIN_TOKEN },
  });
  await other.stop();
  expect(await response.text()).toContain('event: open');
});

test('A5 a token or a workspace that opens many streams leaves room for others', async () => {
  const viewers = await Promise.all(
    ['greedy', 'other'].map((name) => admin.call('POST', '/tokens', { body: { role: 'viewer', name } })),
  );
  const [greedy, other] = viewers.map(({ body }) => body.token);
  const streams = await Promise.all(Array.from({ length: 25 }, () => follow('', greedy)));
  expect(streams.map(({ status }) => status).sort()).toEqual([...Array(20).fill(200), ...Array(5).fill(429)]);
  const mine = await follow('', other);
  expect(mine.status).toBe(200);
  for (const stream of [...streams, mine]) stream.stop();
  // A closed stream frees its place.
  await waitFor(async () => {
    const again = await follow('', greedy);
    again.stop();
    return again.status === 200;
  });
});
