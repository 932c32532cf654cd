import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findFreePort } from '@eventhooks/embedded-postgres';
import { childEnvironment, currentTestRun } from './test-run.ts';
import { waitFor } from './wait-for.ts';

/** Whether PgBouncer is installed. */
export function hasPgBouncer(): boolean {
  try {
    execFileSync('pgbouncer', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A PgBouncer for one test alone, which may stop, kill or reload it. Its address stays the same after a restart. */
export interface PgBouncer {
  /** The server's URL, with PgBouncer's address. */
  url: string;
  start(): Promise<void>;
  /** SIGTERM, at which it drops all connections, or another signal. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Changes settings, and has them read. */
  reload(changes: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

/** PgBouncer refuses to run as root. */
const nobody = 65_534;

/**
 * A PgBouncer before the server of `targetUrl`, which needs no password.
 *
 * @param dir the run's directory; test files leave it out.
 */
export async function startPgBouncer(
  targetUrl: string,
  settings: Readonly<Record<string, string>>,
  dir = currentTestRun().dir,
): Promise<PgBouncer> {
  const target = new URL(targetUrl);
  const directory = await mkdtemp(join(dir, 'pgbouncer-'));
  await chmod(directory, 0o755);
  const port = await findFreePort();
  const url = Object.assign(new URL(targetUrl), { port: String(port) }).href;
  const file = join(directory, 'pgbouncer.ini');
  const server = `host=${target.hostname} port=${target.port} user=${target.username} password=${target.password}`;
  let all: Record<string, string> = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'any',
    max_client_conn: '200',
    ...settings,
  };
  const configure = (): Promise<void> => {
    const lines = Object.entries(all).map((entry) => entry.join(' = '));
    return writeFile(file, ['[databases]', `* = ${server}`, '[pgbouncer]', ...lines].join('\n'));
  };
  const start = async (): Promise<ChildProcess> => {
    const child = spawn('pgbouncer', ['--quiet', file], {
      stdio: 'ignore',
      env: childEnvironment(dir),
      ...(process.getuid?.() === 0 && { uid: nobody, gid: nobody }),
    });
    await waitFor(() => isListening(port), { what: 'PgBouncer' });
    return child;
  };
  await configure();
  let bouncer: ChildProcess | undefined = await start();
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const stopping = bouncer;
    bouncer = undefined;
    if (stopping === undefined) return;
    const closed = once(stopping, 'close');
    stopping.kill(signal);
    await closed;
  };
  return {
    url,
    start: async () => {
      bouncer ??= await start();
    },
    stop,
    async reload(changes) {
      all = { ...all, ...changes };
      await configure();
      bouncer?.kill('SIGHUP');
    },
    async close() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
