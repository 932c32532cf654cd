import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@eventhooks/embedded-postgres';
import { request } from 'undici';
import { checkAnswers, findFreePort, type ProcessGroup } from './processes.ts';

export interface StackOptions {
  /** `embedded`: one process as by `npm start`. `postgres`: the queue in PostgreSQL. */
  mode: 'redis' | 'postgres' | 'embedded';
  workers: number;
  env?: Record<string, string>;
}

/** The product's processes, and those that it needs. */
export interface Stack {
  adminUrl: string;
  /** Null in mode `embedded`. */
  databaseUrl: string | null;
  /** Null without Redis. */
  redisUrl: string | null;
  startWorker(): Promise<void>;
  stopWorkers(): Promise<void>;
  /** Freezes the workers' processes (SIGSTOP), or lets them go on. For a few seconds: their leases run. */
  freezeWorkers(frozen: boolean): void;
  /** Waits until every event is dispatched. */
  waitUntilDispatched(signal: AbortSignal): Promise<void>;
  /** Process ids by name. */
  pids(): Map<string, number>;
  stop(): Promise<void>;
}

const root = new URL('../../', import.meta.url).pathname;
const dispatchedPollMs = 25;

/** Starts everything that `options` ask for, as `npm run` does. @param profileDir where CPU profiles go, or null */
export async function startStack(
  group: ProcessGroup,
  dir: string,
  options: StackOptions,
  profileDir: string | null,
): Promise<Stack> {
  const profile = profileDir === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const common = { EVENTHOOKS_EGRESS_ALLOW: '127.0.0.0/8', EVENTHOOKS_LOG_LEVEL: 'warn', ...options.env };
  if (options.mode === 'embedded') return startEmbedded(group, dir, common, profile);

  const postgres = await startEmbeddedPostgres({ dataDir: dir });
  try {
    const redisUrl = options.mode === 'redis' ? await startRedis(group, dir) : null;
    const env = { ...common, DATABASE_URL: postgres.url, ...(redisUrl !== null && { REDIS_URL: redisUrl }) };
    await group.run(process.execPath, await argumentsOf('migrate'), env);
    const adminUrl = await startServing(group, 'admin', [...profile, ...(await argumentsOf('admin'))], env);
    const workers: string[] = [];
    const startWorker = async (): Promise<void> => {
      const name = `worker ${workers.length + 1}`;
      workers.push(name);
      await startServing(group, name, [...profile, ...(await argumentsOf('worker'))], env);
    };
    for (let worker = 1; worker <= options.workers; worker += 1) await startWorker();
    return {
      ...{ adminUrl, databaseUrl: postgres.url, redisUrl, startWorker },
      async stopWorkers() {
        for (const name of workers.splice(0)) await group.stopOne(name);
      },
      freezeWorkers: (frozen) => {
        for (const name of workers) process.kill(group.pids().get(name) ?? 0, frozen ? 'SIGSTOP' : 'SIGCONT');
      },
      waitUntilDispatched: (signal) => waitUntilDispatched(adminUrl, signal),
      pids: () => new Map([['postgres', postgres.pid], ...group.pids()]),
      async stop() {
        await group.stop();
        await postgres.stop();
      },
    };
  } catch (error) {
    await group.stop();
    await postgres.stop();
    throw error;
  }
}

async function startEmbedded(
  group: ProcessGroup,
  dir: string,
  env: Record<string, string>,
  profile: readonly string[],
): Promise<Stack> {
  const workerPort = String(await findFreePort());
  const adminUrl = await startServing(group, 'eventhooks', [...profile, ...(await argumentsOf('start'))], {
    ...env,
    EVENTHOOKS_DATA_DIR: dir,
    EVENTHOOKS_WORKER_PORT: workerPort,
  });
  const oneProcess = () => Promise.reject(new Error('the embedded mode is one process'));
  return {
    ...{ adminUrl, databaseUrl: null, redisUrl: null, startWorker: oneProcess, stopWorkers: oneProcess },
    freezeWorkers: () => undefined,
    waitUntilDispatched: (signal) => waitUntilDispatched(adminUrl, signal),
    pids: () => group.pids(),
    stop: () => group.stop(),
  };
}

/** The options that `npm run <script>` gives to node, after the check of node's version. */
async function argumentsOf(script: 'admin' | 'worker' | 'migrate' | 'start'): Promise<string[]> {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
  const words = scripts[script]?.split(' ') ?? [];
  return words.slice(words.lastIndexOf('node') + 1).map((arg) => (arg.endsWith('.ts') ? root + arg : arg));
}

/** Starts a process that serves on a port, and waits until it is ready. @returns its URL */
async function startServing(
  group: ProcessGroup,
  name: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const port = await findFreePort();
  const variable = name.startsWith('worker') ? 'EVENTHOOKS_WORKER_PORT' : 'EVENTHOOKS_ADMIN_PORT';
  const url = `http://127.0.0.1:${port}`;
  const checkReady = () => checkAnswers(`${url}/readyz`);
  await group.start({ name, file: process.execPath, args, env: { ...env, [variable]: String(port) }, checkReady });
  return url;
}

/** A `redis-server` of the PATH that writes what it takes to `dir`, as one that is to keep jobs does. */
async function startRedis(group: ProcessGroup, dir: string): Promise<string> {
  const port = await findFreePort();
  const durability = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--logfile', 'redis.log'];
  await group.start({
    name: 'redis',
    file: 'redis-server',
    args: [...place, ...durability],
    checkReady: () => checkListens(port),
  });
  return `redis://127.0.0.1:${port}`;
}

async function checkListens(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

async function waitUntilDispatched(adminUrl: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { body } = await request(`${adminUrl}/metrics`);
    const undispatched = /^eventhooks_undispatched_events (\d+)/m.exec(await body.text())?.[1];
    if (undispatched === '0') return;
    if (signal.aborted) throw new Error(`${signal.reason}: ${undispatched} events are not dispatched`);
    await delay(dispatchedPollMs);
  }
}
