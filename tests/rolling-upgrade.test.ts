import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commitEvents, connectDatabase, newId } from '@eventhooks/database';
import { openQueue } from '@eventhooks/queue';
import { countArrivals, type Installation, publishNumbered, startInstallation } from './installation.ts';
import {
  makeTemporaryDirectory,
  type Receiver,
  redisUrl,
  spawnApp,
  startReceiver,
  uniquePrefix,
  waitFor,
} from './support/index.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const prefix = uniquePrefix();

let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
});

async function start(workers: number): Promise<Installation> {
  const installation = await startInstallation({ workers, redis: { url: redisUrl(), prefix: `{${prefix}}` } });
  const hook = { source: 'crud', event: 'consumers', handler: 'webhook', config: { url: receiver.url } };
  await installation.createHook(hook);
  return installation;
}

test('an event that a newer release offered is delivered where there are only older workers', async () => {
  await using installation = await start(1);
  const database = connectDatabase(installation.databaseUrl);
  const errors: Error[] = [];
  const newer = await openQueue({
    backend: { kind: 'redis', url: redisUrl(), prefix: `{${prefix}}`, shards: 1 },
    onError: (error) => errors.push(error),
    version: 1_000,
  });
  const event = { id: newId(), workspace: 'default', source: 'crud', event: 'consumers', data: '{"n":1}' };
  const { batchId } = await commitEvents(database.pool, [{ ...event, publisherId: null }]);
  await waitFor(() => newer.enqueueBatches([{ id: batchId ?? '', events: 1 }]).then(() => true));
  // Offered again by the scheduler, in the version that it knows, 30 s after the commit.
  await receiver.waitForRequests(1, 90_000);
  await waitFor(async () => (await installation.query('SELECT FROM dispatch_batches')).length === 0);
  expect(receiver.requests).toHaveLength(1);
  expect(installation.workers[0]?.logs()).toContain('payload version 1000');
  expect(errors).toEqual([]);
  await newer.close();
  await database.close();
}, 180_000);

/** The newest release, or what PREVIOUS_RELEASE names. */
async function findPreviousRelease(): Promise<string | undefined> {
  if (process.env.PREVIOUS_RELEASE) return process.env.PREVIOUS_RELEASE;
  const listed = run('git', ['tag', '--list', 'v*', '--sort=-version:refname'], { cwd: root });
  // A copy of the sources without their history knows no tags.
  const { stdout } = await listed.catch(() => ({ stdout: '' }));
  return stdout.split('\n').find((tag) => /^v\d+\.\d+\.\d+$/.test(tag));
}

test("the previous release's worker delivers on this release's schema; as long as there is no release, none is claimed", async () => {
  const release = await findPreviousRelease();
  if (release === undefined) {
    // Nothing to run. A changelog that names a release says that its tag is missing here: `git fetch --tags`.
    const changelog = await readFile(join(root, 'CHANGELOG.md'), 'utf8');
    expect(changelog.match(/^## \[\d+\.\d+\.\d+\].*/gm) ?? []).toEqual([]);
    return;
  }
  const directory = await makeTemporaryDirectory();
  await run('sh', ['-c', `git -C "$0" archive "$1" | tar -x -C "$2"`, root, release, directory]);
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: directory, maxBuffer: 64 * 1024 * 1024 });
  await using installation = await start(0);
  const worker = await spawnApp('worker', installation.env, { root: directory });
  await publishNumbered(installation, 1_000);
  await waitFor(() => countArrivals(receiver.requests).size === 1_000, { timeoutMs: 90_000 });
  await waitFor(async () => {
    const rows = await installation.query("SELECT FROM deliveries WHERE status = 'succeeded'");
    return rows.length === 1_000;
  });
  expect((await installation.call('GET', '/deliveries')).status).toBe(200);
  expect(await worker.stop()).toEqual({ code: 0, signal: null });
}, 600_000);
