import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { migrateToLatest } from '@eventhooks/database';
import { suppressionFunctions } from '@eventhooks/suppression';
import pg from 'pg';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';
import { type Installation, startAll } from './installation.ts';
import { readFlags } from './runbook.ts';

const run = promisify(execFile);
const patience = { timeoutMs: 120_000 };
/** Values of the runbook that are replaced here. */
const walPath = '/var/lib/eventhooks-wal';
const targetTime = '2026-11-26 09:30:00+00';

/** The `webhook-id` of each request that was answered 2xx, by its path. */
class Arrivals {
  #ids = new Map<string, string[]>();

  add(path: string, id: string): void {
    this.#ids.set(path, [...this.at(path), id]);
  }

  at(path: string): string[] {
    return this.#ids.get(path) ?? [];
  }

  /** Begins anew. @returns what there was. */
  take(): Arrivals {
    const taken = new Arrivals();
    taken.#ids = this.#ids;
    this.#ids = new Map();
    return taken;
  }
}

/**
 * Publishes before a base backup, after it, and after the time that is restored to; loses PostgreSQL and Redis;
 * restores, and compares the result with what docs/operations.md promises.
 *
 * @returns the promises that did not hold.
 */
export async function restoreToPoint(dir: string, log: (line: string) => void): Promise<string[]> {
  const wal = join(dir, 'wal');
  await mkdir(wal);
  // PostgreSQL may run as another user.
  await chmod(wal, 0o777);
  const arrivals = new Arrivals();
  let isDown = true;
  const receiver = await startReceiver(({ url, headers }) => {
    if (url === '/down' && isDown) return { status: 503 };
    arrivals.add(url, String(headers['webhook-id']));
    return {};
  });
  const archiving = await readFlags('archiving', { [walPath]: wal });
  const lost = await startPostgres({ dir, flags: archiving });
  await migrateToLatest(lost.url, suppressionFunctions);
  const before = await startAll(dir, lost.url);
  await createHooks(before, receiver.url);
  await before.publish('consumers', 'early', 20);
  await before.publish('routes', 'waiting', 3);
  await waitFor(() => arrivals.at('/up').length === 20, patience);
  const base = await takeBaseBackup(lost.url, dir);
  log('a base backup was taken; events are published on');
  await before.publish('consumers', 'later', 20);
  // A delivery is recorded a moment after it was made.
  await waitFor(async () => (await countRows(lost.url, `deliveries WHERE status = 'succeeded'`)) === 41, patience);
  const target = await readClock(lost.url);
  await sleep(1_100);
  isDown = false;
  await before.publish('consumers', 'lost', 20);
  await waitFor(() => arrivals.at('/up').length === 60 && arrivals.at('/down').length === 3, patience);
  await archiveWal(lost.url);
  await before.kill();
  await lost.crash();
  log(`all processes, Redis and PostgreSQL are gone; restoring to ${target}, before 20 events that were delivered`);

  const atLoss = arrivals.take();
  const restored = await recover(dir, base, [
    ...archiving,
    ...(await readFlags('recovery', { [walPath]: wal, [targetTime]: target })),
  ]);
  const after = await startAll(dir, restored.url);
  log('PostgreSQL is restored; Redis is a new one; admin and worker run');
  const problems = await compare(restored.url, after, atLoss, arrivals, log);
  await after.stop();
  await Promise.all([restored.close(), lost.close(), receiver.close()]);
  return problems;
}

async function createHooks({ call }: Installation, url: string): Promise<void> {
  const hook = { source: 'crud', event: 'consumers', handler: 'webhook' };
  const schedule = Array.from({ length: 20 }, () => '2s');
  await call('POST', '/event-hooks', { ...hook, config: { url: `${url}/up` } });
  await call('POST', '/event-hooks', { ...hook, snooze: 86_400, config: { url: `${url}/snoozed` } });
  await call('POST', '/event-hooks', { ...hook, event: 'routes', retry: { schedule }, config: { url: `${url}/down` } });
}

/** Between these two statements the files of a running server may be copied, by whatever copies files. */
async function takeBaseBackup(url: string, dir: string): Promise<string> {
  const base = join(dir, 'base');
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
  await client.query(`SELECT pg_backup_start('eventhooks', fast => true)`);
  // Files that come and go meanwhile are no fault.
  await run('cp', ['-a', dirname(rows[0]?.data_directory ?? ''), base]).catch(() => undefined);
  const label = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
  await client.end();
  const cluster = join(base, 'postgres');
  await writeFile(join(cluster, 'backup_label'), label.rows[0]?.labelfile ?? '');
  const { uid, gid } = await stat(cluster);
  await chown(join(cluster, 'backup_label'), uid, gid);
  await rm(join(cluster, 'postmaster.pid'), { force: true });
  for (const name of await readdir(join(cluster, 'pg_wal')))
    if (/^[\dA-F]{24}$/.test(name)) await rm(join(cluster, 'pg_wal', name));
  return base;
}

/** Ends the present file of WAL, and waits until it is in the archive. */
async function archiveWal(url: string): Promise<void> {
  const [row] = await query<{ file: string }>(url, 'SELECT pg_walfile_name(pg_switch_wal()) AS file');
  await waitFor(async () => {
    const [archived] = await query<{ is: boolean }>(
      url,
      `SELECT last_archived_wal >= '${row?.file}' AS is FROM pg_stat_archiver`,
    );
    return archived?.is;
  }, patience);
}

async function recover(dir: string, base: string, flags: string[]): Promise<TestPostgres> {
  const restored = await startPostgres({
    dir,
    flags,
    async prepare(dataDir) {
      await run('cp', ['-a', `${base}/.`, dataDir]);
      await writeFile(join(dataDir, 'postgres', 'recovery.signal'), '');
    },
  });
  await waitFor(async () => {
    const [row] = await query<{ is: boolean }>(restored.url, 'SELECT pg_is_in_recovery() AS is');
    return row?.is === false;
  }, patience);
  return restored;
}

/** Compares what arrived with what docs/operations.md says of repeats and losses. */
async function compare(
  url: string,
  installation: Installation,
  atLoss: Arrivals,
  arrivals: Arrivals,
  log: (line: string) => void,
): Promise<string[]> {
  const problems: string[] = [];
  const expect = (what: string, holds: boolean): void => {
    log(`${holds ? 'held' : 'NOT SO'}: ${what}`);
    if (!holds) problems.push(what);
  };
  const isSame = (a: string[], b: string[]): boolean => a.toSorted().join() === b.toSorted().join();
  await waitFor(() => arrivals.at('/down').length >= 3, patience).catch(() => undefined);
  expect(
    'events until that time are there, later ones are not',
    (await countRows(url, `events WHERE publisher_id IS NOT NULL`)) === 43,
  );
  expect(
    'what waited at that time is delivered again, with the same webhook-id',
    isSame(arrivals.at('/down'), atLoss.at('/down')),
  );
  expect('what was delivered before is not delivered again', arrivals.at('/up').length === 0);

  const again = await installation.publish('consumers', 'early', 20);
  expect('events until that time, published again with their ids, are duplicates', again.duplicates === 20);
  const lost = await installation.publish('consumers', 'lost', 20);
  expect('later ones, published again, are accepted', lost.duplicates === 0);
  await waitFor(() => arrivals.at('/up').length >= 20 && arrivals.at('/snoozed').length >= 1, patience).catch(
    () => undefined,
  );
  expect(
    'and delivered again, under new ids',
    arrivals.at('/up').length === 20 && arrivals.at('/up').every((id) => !atLoss.at('/up').includes(id)),
  );
  expect('a hook with snooze fires once early', arrivals.at('/snoozed').length === 1);
  return problems;
}

async function readClock(url: string): Promise<string> {
  return (await query<{ now: string }>(url, 'SELECT clock_timestamp()::text AS now'))[0]?.now ?? '';
}

async function countRows(url: string, from: string): Promise<number> {
  return (await query<{ count: number }>(url, `SELECT count(*)::int AS count FROM ${from}`))[0]?.count ?? -1;
}

async function query<T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}
