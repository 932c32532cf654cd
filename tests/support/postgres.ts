import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type EmbeddedPostgres, findFreePort, startEmbeddedPostgres } from '@eventhooks/embedded-postgres';
import { currentTestRun } from './test-run.ts';

const run = promisify(execFile);

/** A PostgreSQL for one test alone, which may stop, kill or pause it. Address and data stay the same after a restart. */
export interface TestPostgres {
  url: string;
  start(): Promise<void>;
  /** Fast shutdown: sessions are cut. */
  stop(): Promise<void>;
  /** SIGKILL to all its processes, as if the machine had lost its power. */
  crash(): Promise<void>;
  /** SIGSTOP to all its processes: connections stay and nothing answers, until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Starts a hot standby that streams from it. For that, it is stopped and started again. */
  startStandby(): Promise<TestPostgres>;
  /** Stops it and removes its data. */
  close(): Promise<void>;
}

/** @param dir the run's directory; test files leave it out. */
export async function startPostgres({
  flags = [],
  dir = currentTestRun().dir,
  prepare = async () => undefined,
}: {
  flags?: readonly string[];
  dir?: string;
  /** Fills the directory of the data before the first start. */
  prepare?: (dataDir: string) => Promise<unknown>;
} = {}): Promise<TestPostgres> {
  const dataDir = await mkdtemp(join(dir, 'postgres-'));
  await chmod(dataDir, 0o755);
  await prepare(dataDir);
  const port = await findFreePort();
  const allFlags = ['-c', 'fsync=off', '-c', 'max_connections=400', ...flags];
  // tests/versions sets it.
  const packageDir = process.env.TEST_POSTGRES_PACKAGE;
  const start = () =>
    startEmbeddedPostgres({ dataDir, port, flags: allFlags, ...(packageDir !== undefined && { packageDir }) });
  let server: EmbeddedPostgres | undefined = await start();
  const { url } = server;

  const signalAll = async (signal: NodeJS.Signals) => {
    if (server === undefined) throw new Error('This PostgreSQL is not running');
    const { pid } = server;
    // A stopped server starts no more children while we go through them.
    process.kill(pid, 'SIGSTOP');
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    for (const child of children.split(' ').filter(Boolean)) killIfThere(Number(child), signal);
    process.kill(pid, signal);
  };
  const stop = async () => {
    const stopping = server;
    server = undefined;
    await stopping?.stop();
  };
  return {
    url,
    start: async () => {
      server ??= await start();
    },
    stop,
    crash: async () => {
      await signalAll('SIGKILL');
      await stop();
    },
    pause: () => signalAll('SIGSTOP'),
    resume: () => signalAll('SIGCONT'),
    startStandby: async () => {
      await stop();
      const { hostname, username, password } = new URL(url);
      const standby = startPostgres({
        flags: [...flags, '-c', `primary_conninfo=host=${hostname} port=${port} user=${username} password=${password}`],
        dir,
        async prepare(copyDir) {
          await run('cp', ['-a', `${dataDir}/.`, copyDir]);
          await moveTablespaces(join(copyDir, 'postgres', 'pg_tblspc'), copyDir);
          await writeFile(join(copyDir, 'postgres', 'standby.signal'), '');
          server = await start();
        },
      });
      return standby;
    },
    close: async () => {
      await stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A tablespace is a link. Both servers of a machine would write to the same place. */
async function moveTablespaces(linksDir: string, toDir: string): Promise<void> {
  for (const name of await readdir(linksDir)) {
    const link = join(linksDir, name);
    const place = join(toDir, `tablespace-${name}`);
    await run('cp', ['-a', await readlink(link), place]);
    await rm(link);
    await symlink(place, link);
  }
}

function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The session has ended by itself.
  }
}
