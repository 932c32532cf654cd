import { openQueue } from '@eventhooks/queue';
import pg from 'pg';
import { startTcpProxy } from './faults/tcp-proxy.ts';
import { type Installation, numberedEvents, publishNumbered, startInstallation } from './installation.ts';
import { type App, type Receiver, spawnApp, startReceiver, waitFor } from './support/index.ts';

/**
 * Deaths at chosen points. Locks of a table hold a process at a point. The claims of a dead or frozen process are freed by
 * setting its leases to now, not by waiting for them.
 */
const count = 40;
let receiver: Receiver;
let installation: Installation;

beforeEach(async () => {
  receiver = await startReceiver();
  installation = await startInstallation({ workers: 1, env: { EVENTHOOKS_RETRY_SCHEDULE: '1s,1s' } });
}, 60_000);
afterEach(async () => {
  await installation[Symbol.asyncDispose]();
  await receiver.close();
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

async function killWorker(): Promise<void> {
  const worker = installation.workers.at(-1);
  worker?.kill('SIGKILL');
  await worker?.ended;
}

async function replaceWorker(): Promise<void> {
  await installation.expireLeases();
  await installation.addWorker();
}

/** Blocks all writes to `table` until the lock is released. */
async function lockTable(table: string): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client(installation.directUrl);
  await client.connect();
  await client.query('BEGIN');
  await client.query(`LOCK TABLE ${table} IN SHARE MODE`);
  return { release: () => client.end() };
}

/** Resolves when a process waits for a lock of a table. */
async function waitForWaiter(application: string): Promise<void> {
  const waiters = `SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = $1 AND wait_event_type = 'Lock'`;
  await waitFor(async () => (await installation.query(waiters, [application])).length > 0, { timeoutMs: 30_000 });
}

/** Ends what the server still does for a process. */
async function endSessions(application: string): Promise<void> {
  await installation.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
    [application],
  );
}

async function expectDelivered(requests: number): Promise<void> {
  await installation.waitForRest();
  expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(count);
  expect(receiver.requests).toHaveLength(requests);
  expect(await installation.query('SELECT status, attempt_count, count(*)::int FROM deliveries GROUP BY 1, 2')).toEqual(
    [{ status: 'succeeded', attempt_count: 1, count }],
  );
}

describe('a worker killed', () => {
  test('after its batch was decided, and before it sent anything: each event fires, once', async () => {
    await createHook({ on_change: true });
    const lock = await lockTable('firing_hooks');
    await publishNumbered(installation, count);
    await waitForWaiter('eventhooks-worker');
    await killWorker();
    await lock.release();
    // The server still runs the statement of the dead worker.
    await waitFor(async () => (await installation.query('SELECT FROM firing_claims')).length > 0);
    await replaceWorker();
    await expectDelivered(count);
  }, 120_000);

  test('after it sent, before it was answered, and its successor likewise: each event is sent by all three', async () => {
    await createHook();
    receiver.answerWith(() => 'hang');
    await publishNumbered(installation, count);
    await receiver.waitForRequests(count, 30_000);
    await killWorker();
    await replaceWorker();
    await receiver.waitForRequests(2 * count, 30_000);
    await killWorker();
    receiver.answerWith(() => ({}));
    await replaceWorker();
    await expectDelivered(3 * count);
  }, 120_000);

  test('after it was answered, before it recorded: each event is sent once more', async () => {
    await createHook();
    const lock = await lockTable('deliveries');
    await publishNumbered(installation, count);
    await receiver.waitForRequests(count, 30_000);
    await waitForWaiter('eventhooks-worker');
    await killWorker();
    await endSessions('eventhooks-worker');
    await lock.release();
    await replaceWorker();
    await expectDelivered(2 * count);
  }, 120_000);

  test('after it recorded, before its job ended: the job run again finds nothing to do', async () => {
    await createHook();
    // A worker's first attempts are slow. One that takes a second is recorded by a statement of its own.
    await publishNumbered(installation, 1);
    await receiver.waitForRequests(1, 30_000);
    await installation.waitForRest();
    const lock = await lockTable('deliveries');
    await publishNumbered(installation, 4, 1);
    await receiver.waitForRequests(5, 30_000);
    const batches = await installation.query<{ id: string; events: number }>(
      'SELECT id, event_count AS events FROM dispatch_batches',
    );
    await waitForWaiter('eventhooks-worker');
    await killWorker();
    // The statement that it had sent to PostgreSQL still runs.
    await lock.release();
    await installation.waitForRest();
    await installation.addWorker();
    const queue = await openQueue({
      backend: { kind: 'postgres', url: installation.directUrl, shards: 1 },
      onError: () => undefined,
    });
    await queue.enqueueBatches(batches);
    await waitFor(
      async () => {
        const { dispatch } = await queue.countJobs();
        return dispatch.waiting + dispatch.delayed === 0;
      },
      { timeoutMs: 30_000 },
    );
    await queue.close();
    await publishNumbered(installation, 1, 5);
    await receiver.waitForRequests(6, 30_000);
    expect(receiver.requests).toHaveLength(6);
  }, 120_000);

  test('in a retry: it is made again, and counts as one attempt', async () => {
    await createHook();
    // Few enough failures that the breaker stays closed.
    const failing = count / 4;
    receiver.answerWith((_request, index) => ({ status: index % 4 === 0 ? 500 : 200 }));
    await publishNumbered(installation, count);
    await receiver.waitForRequests(count, 30_000);
    receiver.answerWith(() => 'hang');
    await receiver.waitForRequests(count + failing, 30_000);
    await killWorker();
    receiver.answerWith(() => ({}));
    await replaceWorker();
    await installation.waitForRest();
    expect(receiver.requests).toHaveLength(count + 2 * failing);
    expect(
      await installation.query('SELECT status, attempt_count, count(*)::int FROM deliveries GROUP BY 1, 2 ORDER BY 2'),
    ).toEqual([
      { status: 'succeeded', attempt_count: 1, count: count - failing },
      { status: 'succeeded', attempt_count: 2, count: failing },
    ]);
  }, 120_000);
});

test('a worker frozen until others have done its work, and then continued, changes nothing and works on', async () => {
  await createHook();
  const thawed = Promise.withResolvers<void>();
  receiver.answerWith(async () => {
    await thawed.promise;
    return {};
  });
  await publishNumbered(installation, count);
  await receiver.waitForRequests(count, 30_000);
  const [frozen] = installation.workers;
  frozen?.kill('SIGSTOP');
  thawed.resolve();
  await replaceWorker();
  await expectDelivered(2 * count);
  frozen?.kill('SIGCONT');
  await waitFor(async () => (await fetch(`${frozen?.url}/readyz`)).ok, { timeoutMs: 30_000 });
  await expectDelivered(2 * count);
  const [successor] = installation.workers.slice(1);
  await successor?.stop();
  await publishNumbered(installation, 1, count);
  await receiver.waitForRequests(2 * count + 1, 60_000);
}, 180_000);

describe('an admin killed', () => {
  let admin: App;
  let proxy: Awaited<ReturnType<typeof startTcpProxy>>;

  beforeEach(async () => {
    await createHook();
    proxy = await startTcpProxy(installation.databaseUrl);
    admin = await spawnApp('admin', { ...installation.env, DATABASE_URL: proxy.url });
  }, 60_000);
  afterEach(async () => {
    await admin.stop();
    await proxy.close();
  });

  const publishTo = (url: string, events: unknown[]) =>
    fetch(`${url}/events`, {
      method: 'POST',
      body: JSON.stringify(events),
      headers: { 'content-type': 'application/json' },
    });

  test('before it committed: nothing is kept, and published again it is delivered once', async () => {
    const events = numberedEvents(count).map((event, n) => ({ ...event, id: `order-${n}` }));
    const lock = await lockTable('events');
    const answer = publishTo(admin.url, events).catch(() => 'no answer');
    await waitForWaiter('eventhooks-admin');
    admin.kill('SIGKILL');
    expect(await answer).toBe('no answer');
    await lock.release();
    const again = await publishTo(installation.admin.url, events);
    expect(again.status).toBe(202);
    expect(await again.text()).not.toContain('duplicate');
    await expectDelivered(count);
  }, 120_000);

  test('after it committed, before it answered: all is delivered once, although nobody was told', async () => {
    const lock = await lockTable('events');
    const answer = publishTo(admin.url, numberedEvents(count)).catch(() => 'no answer');
    await waitForWaiter('eventhooks-admin');
    // The statement is with PostgreSQL; its answer never arrives.
    proxy.silence();
    await lock.release();
    await waitFor(async () => (await installation.query('SELECT FROM dispatch_batches')).length > 0);
    admin.kill('SIGKILL');
    expect(await answer).toBe('no answer');
    await installation.expireLeases();
    await expectDelivered(count);
  }, 120_000);
});
