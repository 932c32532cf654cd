import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryDirectory } from '../../../tests/support/index.ts';
import { DataDirInUseError, type DataDirLock, lockDataDir } from './data-dir-lock.ts';

const modulePath = new URL('./data-dir-lock.ts', import.meta.url).href;

/** A process that holds the lock until it is killed. */
async function spawnHolder(dataDir: string): Promise<ChildProcess> {
  const script = `
    const { lockDataDir } = await import(${JSON.stringify(modulePath)});
    const lock = await lockDataDir(${JSON.stringify(dataDir)});
    lock.setAdminUrl({ adminUrl: 'http://127.0.0.1:8001' });
    console.log('locked');
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function isInUse(dataDir: string): Promise<DataDirInUseError> {
  try {
    const lock = await lockDataDir(dataDir);
    await lock.release();
  } catch (error) {
    if (error instanceof DataDirInUseError) return error;
    throw error;
  }
  throw new Error('The lock was free');
}

test('a second start is told who holds the directory and where it listens', async () => {
  const dataDir = await makeTemporaryDirectory();
  const child = await spawnHolder(dataDir);
  const error = await isInUse(dataDir);
  expect(error.holder).toEqual({ pid: child.pid, adminUrl: 'http://127.0.0.1:8001' });
  expect(error.message).toContain(`pid ${child.pid}`);
  expect(error.message).toContain('http://127.0.0.1:8001');
  await end(child);
});

test('a holder that is stopped and cannot answer still holds the directory', async () => {
  const dataDir = await makeTemporaryDirectory();
  const child = await spawnHolder(dataDir);
  child.kill('SIGSTOP');
  expect((await isInUse(dataDir)).holder).toEqual({});
  await end(child);
});

test('of several starts after a killed holder exactly one gets the directory', async () => {
  const dataDir = await makeTemporaryDirectory();
  await end(await spawnHolder(dataDir));
  const starts = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDir(dataDir)));
  const locks = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const errors = starts.flatMap((start) => (start.status === 'rejected' ? [start.reason] : []));
  expect(locks).toHaveLength(1);
  for (const error of errors) expect(error).toBeInstanceOf(DataDirInUseError);
  await locks[0]?.release();
});

test('a released directory can be locked again, also under a path too long for a socket', async () => {
  const dataDir = join(await makeTemporaryDirectory(), 'long'.repeat(30));
  await mkdir(dataDir);
  let lock: DataDirLock = await lockDataDir(dataDir);
  await isInUse(dataDir);
  await lock.release();
  lock = await lockDataDir(dataDir);
  await lock.release();
});
