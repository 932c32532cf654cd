import { type Installation, publishNumbered, startInstallation } from './installation.ts';
import { expectPausedToArrive, missedTimeoutMs } from './paused-backlog.ts';
import { type Receiver, startReceiver, startRedis, type TestRedis } from './support/index.ts';

let redis: TestRedis;
let receiver: Receiver;
let installation: Installation;

beforeEach(async () => {
  redis = await startRedis({ flags: ['--appendonly', 'yes'] });
  receiver = await startReceiver();
  installation = await startInstallation({ workers: 2, redis: { url: redis.url, prefix: '{faults}' } });
}, 60_000);
afterEach(async () => {
  await installation[Symbol.asyncDispose]();
  await receiver.close();
  await redis.close();
}, 60_000);

function createHook(over: Record<string, unknown> = {}): Promise<string> {
  return installation.createHook({
    source: 'crud',
    event: 'consumers',
    handler: 'webhook',
    config: { url: receiver.url },
    ...over,
  });
}

function webhookIds(): Set<unknown> {
  return new Set(receiver.requests.map(({ headers }) => headers['webhook-id']));
}

async function countRecorded(): Promise<Record<string, number>> {
  const rows = await installation.query<{ status: string; count: number }>(
    'SELECT status, count(*)::int AS count FROM deliveries GROUP BY 1',
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

async function expectAllDelivered(count: number): Promise<void> {
  await installation.waitForRest();
  expect(webhookIds().size).toBe(count);
  expect(await countRecorded()).toEqual({ succeeded: count });
}

test('kill -9 of all workers and FLUSHALL lose no event of a batch, and no last event of a window', async () => {
  const batched = await createHook({ batch: { size: 50, wait: 1 } });
  const last = await createHook({
    snooze: 2,
    snooze_edge: 'trailing',
    config: { url: `${receiver.url}/last` },
  });
  receiver.answerWith(() => ({ delayMs: 5 }));
  const publishing = publishNumbered(installation, 2_000);
  await receiver.waitForRequests(5, 30_000);
  for (const worker of installation.workers) worker.kill('SIGKILL');
  await Promise.all(installation.workers.map(({ ended }) => ended));
  await publishing;
  await redis.flushAll();
  await installation.expireLeases();
  await installation.addWorker();
  await installation.waitForRest();
  const requests = receiver.requests.map(({ url, body }) => ({ url, body: JSON.parse(body.toString()) }));
  const sent = requests.flatMap(({ url, body }): number[] =>
    url?.endsWith('/last') ? [] : body.map(({ data }: { data: { n: number } }) => data.n),
  );
  expect(new Set(sent).size).toBe(2_000);
  const countOf = async (hook: string) =>
    installation.query(
      `SELECT status, count(*)::int, coalesce(sum(suppressed_count), 0)::int AS told FROM deliveries
       WHERE hook_id = $1 GROUP BY 1 ORDER BY 1`,
      [hook],
    );
  expect(await countOf(batched)).toEqual([{ status: 'succeeded', count: 2_000, told: 0 }]);
  const [fired, held] = await countOf(last);
  expect(fired).toMatchObject({ status: 'succeeded', told: held?.count });
  expect(Number(fired?.count) + Number(held?.count)).toBe(2_000);
  const [{ status } = {}] = await installation.query<{ status?: string }>(
    'SELECT status FROM deliveries WHERE hook_id = $1 ORDER BY event_id DESC LIMIT 1',
    [last],
  );
  expect(status).toBe('succeeded');
}, 120_000);

test('kill -9 of all workers and FLUSHALL while 2,000 events are under way lose nothing, and repeat only what was not recorded', async () => {
  await createHook();
  receiver.answerWith(() => ({ delayMs: 5 }));
  const publishing = publishNumbered(installation, 2_000);
  await receiver.waitForRequests(500, 30_000);
  for (const worker of installation.workers) worker.kill('SIGKILL');
  await Promise.all(installation.workers.map(({ ended }) => ended));
  await publishing;
  await redis.flushAll();
  const ended = await installation.query<{ id: string }>(`SELECT id FROM deliveries WHERE status <> 'waiting'`);
  const recorded = new Set<unknown>(ended.map(({ id }) => id));
  const unrecorded = [...webhookIds()].filter((id) => !recorded.has(id));
  await installation.expireLeases();
  await installation.addWorker();
  await expectAllDelivered(2_000);
  expect(receiver.requests.length).toBe(2_000 + unrecorded.length);
}, 240_000);

test('with Redis stopped publishing answers 202, and with Redis back all is delivered once', async () => {
  await createHook();
  await publishNumbered(installation, 10);
  await receiver.waitForRequests(10);
  await redis.stop('SIGKILL');
  await publishNumbered(installation, 100, 10);
  expect((await fetch(`${installation.admin.url}/readyz`)).status).toBe(200);
  await redis.start();
  await installation.expireLeases();
  await expectAllDelivered(110);
  expect(receiver.requests.length).toBe(110);
}, 240_000);

test('when Redis loses its data, each hook and digest fires once early at most, and then no more', async () => {
  const hooks = [await createHook({ snooze: 3_600 }), await createHook({ snooze: 3_600, on_change: true })];
  const publish = async (...values: string[]) => {
    const events = values.map((v) => ({ source: 'crud', event: 'consumers', data: { v } }));
    await installation.call('POST', '/events', events);
    await installation.waitForRest();
  };
  const firings = async () => {
    const counts = hooks.map(async (hook) => {
      const rows = await installation.query(`SELECT 1 FROM deliveries WHERE hook_id = $1 AND status = 'succeeded'`, [
        hook,
      ]);
      return rows.length;
    });
    return Promise.all(counts);
  };
  await publish('A', 'B', 'A', 'B');
  expect(await firings()).toEqual([1, 2]);
  await redis.flushAll();
  await publish('A', 'A');
  await publish('B', 'B');
  await publish('A', 'B');
  expect(await firings()).toEqual([2, 4]);
}, 120_000);

test(
  'what a paused hook waits for survives kill -9 of all workers and the loss of Redis, and arrives once, oldest first',
  async () => {
    await expectPausedToArrive(installation, receiver, async () => {
      for (const worker of installation.workers) worker.kill('SIGKILL');
      await Promise.all(installation.workers.map(({ ended }) => ended));
      await redis.stop('SIGKILL');
      await redis.start();
      await redis.flushAll();
    });
  },
  missedTimeoutMs,
);

test('SIGTERM lets a worker end what it has begun, so that nothing is sent twice', async () => {
  await createHook();
  receiver.answerWith(() => ({ delayMs: 20 }));
  await publishNumbered(installation, 3_000);
  await receiver.waitForRequests(200, 30_000);
  const stopped = await installation.workers[0]?.stop();
  expect(stopped).toEqual({ code: 0, signal: null });
  await expectAllDelivered(3_000);
  expect(receiver.requests.length).toBe(3_000);
}, 240_000);
