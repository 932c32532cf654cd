import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort } from '@eventhooks/embedded-postgres';
import { Redis } from 'ioredis';
import { findRedisServer } from './redis-binary.ts';
import { childEnvironment, currentTestRun } from './test-run.ts';

/** A Redis for one test alone, which may stop, kill, pause or flush it. Its address stays the same after a restart. */
export interface TestRedis {
  url: string;
  /** Data survive a restart only with flags that keep them: `['--appendonly', 'yes', '--appendfsync', 'always']`. */
  start(): Promise<void>;
  /** Sends SIGTERM, or the given signal, and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP: connections stay and nothing answers, until `resume`. */
  pause(): void;
  resume(): void;
  flushAll(): Promise<void>;
  /** Stops it and removes its data. */
  close(): Promise<void>;
}

const startTimeoutMs = 20_000;

/**
 * @param config a file of settings that the server may rewrite, as Sentinel must.
 * @param dir the run's directory; test files leave it out.
 */
export async function startRedis({
  flags = [],
  config,
  dir = currentTestRun().dir,
}: {
  flags?: readonly string[];
  config?: string;
  dir?: string;
} = {}): Promise<TestRedis> {
  const binary = await findRedisServer();
  const dataDir = await mkdtemp(join(dir, 'redis-'));
  const port = await findFreePort();
  const url = `redis://127.0.0.1:${port}`;
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dataDir, '--save', ''];
  if (config !== undefined) {
    args.unshift(join(dataDir, 'redis.conf'));
    await writeFile(join(dataDir, 'redis.conf'), config);
  }
  const start = async () => {
    const child = spawn(binary.path, [...args, '--maxmemory-policy', 'noeviction', ...flags], {
      stdio: 'ignore',
      env: { ...childEnvironment(dir), ...binary.env },
    });
    await waitForPong(url, child);
    return child;
  };
  let server: ChildProcess | undefined = await start();
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    const stopping = server;
    server = undefined;
    if (stopping === undefined || stopping.exitCode !== null || stopping.signalCode !== null) return;
    const exited = once(stopping, 'exit');
    stopping.kill(signal);
    // A paused process takes a SIGTERM only when it goes on.
    stopping.kill('SIGCONT');
    await exited;
  };
  return {
    url,
    start: async () => {
      server ??= await start();
    },
    stop,
    pause: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    flushAll: async () => {
      const client = new Redis(url);
      await client.flushall();
      client.disconnect();
    },
    close: async () => {
      await stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function waitForPong(url: string, child: ChildProcess): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => {});
  const endsAt = Date.now() + startTimeoutMs;
  try {
    while (failure === undefined && child.exitCode === null && Date.now() < endsAt) {
      const answer = client.ping().catch(() => undefined);
      const pause = new Promise((resolve) => setTimeout(resolve, 200));
      if ((await Promise.race([answer, pause])) === 'PONG') return;
    }
  } finally {
    client.disconnect();
  }
  throw new Error(`redis-server did not start (exit code ${child.exitCode})`, { cause: failure });
}
