import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '@eventhooks/embedded-postgres';
import { childEnvironment, currentTestRun, testSecretKey } from './test-run.ts';
import { waitFor } from './wait-for.ts';

export type AppName = 'admin' | 'worker' | 'standalone';

export interface App {
  pid: number;
  /** The address of the Admin API, or of a worker's operations endpoints. */
  url: string;
  /** Standard output and error so far, its last 2 MiB. */
  logs(): string;
  kill(signal: NodeJS.Signals): void;
  /** Sends SIGTERM, and SIGKILL after 15 s. @returns how the app ended. Safe when it has ended already. */
  stop(): Promise<AppEnd>;
  /** Settles when the app ends, by itself or by a signal. */
  ended: Promise<AppEnd>;
}

export interface AppEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const maxLogCharacters = 2 * 1024 * 1024;
const stopTimeoutMs = 15_000;
const repository = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Starts an app as the npm scripts do, on free ports (unless `env` names them), with no other setting than `env`. Admin and
 * worker share a key for secrets unless `env` says otherwise.
 *
 * @param root of another release than this one.
 * @param readyTimeoutMs how long `/readyz` may take to say 200; 0 does not wait for it.
 * @throws Error with the logs when the app ends or does not become ready.
 */
export async function spawnApp(
  name: AppName,
  env: Record<string, string>,
  { readyTimeoutMs = 60_000, root = repository }: { readyTimeoutMs?: number; root?: string } = {},
): Promise<App> {
  const ports = {
    EVENTHOOKS_ADMIN_PORT: env.EVENTHOOKS_ADMIN_PORT ?? String(await findFreePort()),
    EVENTHOOKS_WORKER_PORT: env.EVENTHOOKS_WORKER_PORT ?? String(await findFreePort()),
  };
  const main = join(root, 'apps', name, 'src', 'main.ts');
  const child = spawn(process.execPath, [main], {
    env: {
      ...childEnvironment(currentTestRun().dir),
      ...(name !== 'standalone' && { EVENTHOOKS_SECRET_KEYS: testSecretKey }),
      ...env,
      ...ports,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let logs = '';
  const record = (chunk: Buffer) => {
    logs = (logs + chunk).slice(-maxLogCharacters);
  };
  child.stdout.on('data', record);
  child.stderr.on('data', record);
  const ended = once(child, 'close').then(([code, signal]): AppEnd => ({ code, signal }));
  await once(child, 'spawn');

  const stop = async () => {
    child.kill('SIGTERM');
    const escalation = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    const end = await ended;
    clearTimeout(escalation);
    return end;
  };
  const port = name === 'worker' ? ports.EVENTHOOKS_WORKER_PORT : ports.EVENTHOOKS_ADMIN_PORT;
  const url = `http://127.0.0.1:${port}`;
  if (readyTimeoutMs > 0) {
    try {
      await waitUntilReady(url, readyTimeoutMs, () => child.exitCode !== null || child.signalCode !== null);
    } catch (cause) {
      await stop();
      throw new Error(`${name} did not become ready:\n${logs}`, { cause });
    }
  }
  return { pid: child.pid ?? 0, url, logs: () => logs, kill: (signal) => void child.kill(signal), stop, ended };
}

async function waitUntilReady(url: string, timeoutMs: number, hasEnded: () => boolean): Promise<void> {
  const outcome = await waitFor(
    async () => {
      if (hasEnded()) return 'ended';
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
      await response.body?.cancel();
      return response.ok ? 'ready' : undefined;
    },
    { timeoutMs, what: `${url}/readyz` },
  );
  if (outcome === 'ended') throw new Error('The process ended');
}
