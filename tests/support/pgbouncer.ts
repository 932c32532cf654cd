import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort } from '@eventhooks/embedded-postgres';
import pg from 'pg';
import { makeTemporaryDirectory } from './temporary-directory.ts';
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

export interface PgBouncer {
  /** The server's URL, with PgBouncer's address. */
  url: string;
  close(): Promise<void>;
}

/** PgBouncer refuses to run as root. */
const nobody = 65_534;

/** A PgBouncer before the database of `targetUrl`, which needs no password. */
export async function startPgBouncer(
  targetUrl: string,
  settings: Readonly<Record<string, string>>,
): Promise<PgBouncer> {
  const target = new URL(targetUrl);
  const directory = await makeTemporaryDirectory();
  const port = await findFreePort();
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'any',
    max_client_conn: '200',
    ...settings,
  };
  const server = `host=${target.hostname} port=${target.port} user=${target.username} password=${target.password}`;
  const file = join(directory, 'pgbouncer.ini');
  await writeFile(
    file,
    ['[databases]', `* = ${server}`, '[pgbouncer]', ...Object.entries(all).map((entry) => entry.join(' = '))].join(
      '\n',
    ),
  );
  const child = spawn('pgbouncer', ['--quiet', file], {
    stdio: 'ignore',
    env: childEnvironment(currentTestRun().dir),
    ...(process.getuid?.() === 0 && { uid: nobody, gid: nobody }),
  });
  const closed = once(child, 'close');
  const url = Object.assign(new URL(targetUrl), { port: String(port) }).href;
  await waitFor(async () => {
    const client = new pg.Client(url);
    client.on('error', () => undefined);
    await client.connect();
    await client.end();
    return true;
  });
  return {
    url,
    async close() {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
