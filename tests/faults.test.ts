import { countArrivals, type Installation, publishNumbered, startInstallation } from './installation.ts';
import { type Receiver, startReceiver, startRedis, type TestRedis, waitFor } from './support/index.ts';

let redis: TestRedis;
let receiver: Receiver;
let installation: Installation;

beforeEach(async () => {
  redis = await startRedis({ flags: ['--appendonly', 'yes'] });
  receiver = await startReceiver();
  installation = await startInstallation({ workers: 2, redis: { url: redis.url, prefix: '{faults}' } });
  await installation.createHook({
    source: 'crud',
    event: 'consumers',
    handler: 'webhook',
    config: { url: receiver.url },
  });
}, 60_000);
afterEach(async () => {
  await installation[Symbol.asyncDispose]();
  await receiver.close();
  await redis.close();
}, 60_000);

/** The leases and the scheduler's patience are 30 s, so recovery takes up to that and a little. */
const recoveryMs = 90_000;

async function expectAllDelivered(count: number): Promise<void> {
  await waitFor(() => countArrivals(receiver.requests).size === count, { timeoutMs: recoveryMs });
  await waitFor(
    async () => {
      const rows = await installation.query<{ status: string; count: number }>(
        'SELECT status, count(*)::int FROM deliveries GROUP BY 1',
      );
      return rows.length === 1 && rows[0]?.status === 'succeeded' && rows[0].count === count;
    },
    { timeoutMs: recoveryMs },
  );
  expect(await installation.query('SELECT FROM dispatch_batches')).toEqual([]);
}

test('FLUSHALL and kill -9 of a worker while 5,000 events are under way lose nothing', async () => {
  receiver.answerWith(() => ({ delayMs: 5 }));
  const publishing = publishNumbered(installation, 5_000);
  await receiver.waitForRequests(500, 30_000);
  await redis.flushAll();
  installation.workers[0]?.kill('SIGKILL');
  await publishing;
  await redis.flushAll();
  await expectAllDelivered(5_000);
  // What one worker can have had in flight and unrecorded: its eight jobs' attempts.
  const repeats = receiver.requests.length - 5_000;
  expect(repeats).toBeLessThanOrEqual(8 * 500);
}, 240_000);

test('with Redis stopped, publishing answers 202 within a second; with Redis back, all is delivered', async () => {
  await publishNumbered(installation, 10);
  await receiver.waitForRequests(10);
  await redis.stop('SIGKILL');
  const startedAt = performance.now();
  await publishNumbered(installation, 100, 10);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect((await fetch(`${installation.admin.url}/readyz`)).status).toBe(200);
  await redis.start();
  await expectAllDelivered(110);
}, 240_000);

test('SIGTERM lets a worker end what it has begun, so that nothing is sent twice', async () => {
  receiver.answerWith(() => ({ delayMs: 20 }));
  await publishNumbered(installation, 3_000);
  await receiver.waitForRequests(200, 30_000);
  const stopped = await installation.workers[0]?.stop();
  expect(stopped).toEqual({ code: 0, signal: null });
  await expectAllDelivered(3_000);
  expect(receiver.requests.length).toBe(3_000);
}, 240_000);
