import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commitEvents, connectDatabase, newId } from '@eventhooks/database';
import { openQueue } from '@eventhooks/queue';
import { z } from 'zod';
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
/** Versions with their commits, in order: tags are not in every copy. */
const releasesFile = new URL('./releases.json', import.meta.url);
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

type PreviousRelease = { ok: true; version: string; directory: string } | { ok: false; why: string };

/**
 * Unpacks and installs the last release of tests/releases.json, or the commit that PREVIOUS_RELEASE names. That needs the
 * history of the repository and npm's registry.
 */
async function installPreviousRelease(): Promise<PreviousRelease> {
  const releases = z.record(z.string(), z.string()).parse(JSON.parse(await readFile(releasesFile, 'utf8')));
  const named = process.env.PREVIOUS_RELEASE;
  const [version, commit] =
    named === undefined ? (Object.entries(releases).at(-1) ?? ['none', 'none']) : [named, named];
  const directory = await makeTemporaryDirectory();
  try {
    await run('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root });
  } catch {
    return { ok: false, why: `its commit ${commit} is not in this copy of the repository` };
  }
  await run('sh', ['-c', `git -C "$0" archive "$1" | tar -x -C "$2"`, root, commit, directory]);
  const options = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  try {
    await run('npm', ['ci', '--workspace=@eventhooks/worker', ...options], { cwd: directory, timeout: 240_000 });
  } catch {
    return { ok: false, why: 'its dependencies cannot be installed: npm reaches no registry' };
  }
  return { ok: true, version, directory };
}

const previous = await installPreviousRelease();
const title = "the previous release's worker delivers on this release's schema";

if (!previous.ok) test.skip(`${title}: ${previous.why}`, () => undefined);
else test(`${title} (${previous.version})`, () => deliverByWorkerOf(previous.directory), 300_000);

async function deliverByWorkerOf(directory: string): Promise<void> {
  await using installation = await start(0);
  // Release 0.1.0 knows no pooler.
  const env = { ...installation.env, DATABASE_URL: installation.directUrl };
  const worker = await spawnApp('worker', env, { root: directory });
  await publishNumbered(installation, 1_000);
  await waitFor(() => countArrivals(receiver.requests).size === 1_000, { timeoutMs: 90_000 });
  await waitFor(async () => {
    const rows = await installation.query("SELECT FROM deliveries WHERE status = 'succeeded'");
    return rows.length === 1_000;
  });
  expect((await installation.call('GET', '/deliveries')).status).toBe(200);
  expect(await worker.stop()).toEqual({ code: 0, signal: null });
}
