import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { makeTemporaryDirectory } from '../../../tests/support/index.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { openPostgresLog } from './postgres-log.ts';

const flags = ['-c', 'fsync=off'];

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('data are found again, and only the password opens the server', async () => {
  const dataDir = join(await makeTemporaryDirectory(), 'made', 'here');
  const first = await startEmbeddedPostgres({ dataDir, flags });
  await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS i');
  const other = new URL(first.url);
  other.password = 'guessed';
  await expect(query(other.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  await Promise.all([first.stop(), first.stop()]);
  await expect(query(first.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');

  const second = await startEmbeddedPostgres({ dataDir, flags });
  expect(await query(second.url, 'SELECT i, current_database() AS name FROM kept')).toEqual([
    { i: 1, name: 'eventhooks' },
  ]);
  await second.stop();
  expect((await stat(join(dataDir, 'postgres.password'))).mode & 0o777).toBe(0o600);
});

test('a start after a SIGKILL stops the server left behind and keeps what was committed', async () => {
  const dataDir = await makeTemporaryDirectory();
  const modulePath = new URL('./embedded-postgres.ts', import.meta.url).href;
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(modulePath)});
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} });
    console.log(JSON.stringify({ url: server.url, pid: server.pid }));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const left: { url: string; pid: number } = JSON.parse(String(line));
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  await query(left.url, 'CREATE TABLE kept AS SELECT 1 AS i');

  const progress: string[] = [];
  const server = await startEmbeddedPostgres({ dataDir, flags, onProgress: (each) => progress.push(each) });
  expect(progress).toContainEqual(expect.stringContaining(`pid ${left.pid}`));
  expect(server.pid).not.toBe(left.pid);
  expect(await query(server.url, 'SELECT * FROM kept')).toEqual([{ i: 1 }]);
  await server.stop();
});

test('a postmaster.pid that names some other living process neither stops the start nor ends the process', async () => {
  const dataDir = await makeTemporaryDirectory();
  await (await startEmbeddedPostgres({ dataDir, flags })).stop();
  const bystander = spawn('sleep', ['60'], { cwd: dataDir });
  await once(bystander, 'spawn');
  const clusterDir = join(dataDir, 'postgres');
  await writeFile(join(clusterDir, 'postmaster.pid'), `${bystander.pid}\n${clusterDir}\n`);

  const server = await startEmbeddedPostgres({ dataDir, flags });
  expect(await query(server.url, 'SELECT 1 AS i')).toEqual([{ i: 1 }]);
  await server.stop();
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
  const exited = once(bystander, 'exit');
  bystander.kill();
  await exited;
});

test('it starts below a directory that only its owner may enter, and after an unfinished first start', async () => {
  const parent = await makeTemporaryDirectory();
  await chmod(parent, 0o700);
  const dataDir = join(parent, 'data');
  await mkdir(join(dataDir, 'postgres.unfinished', 'base'), { recursive: true });
  await writeFile(join(dataDir, 'postgres.password'), 'of the unfinished start', { mode: 0o600 });
  const server = await startEmbeddedPostgres({ dataDir, flags });
  expect(await query(server.url, 'SELECT 1 AS i')).toEqual([{ i: 1 }]);
  await server.stop();
  // When tests run as root, the server above ran in a user namespace; now another user takes the files over, and then root again.
  await chmod(parent, 0o755);
  const moved = await startEmbeddedPostgres({ dataDir, flags });
  expect(await query(moved.url, 'SELECT 1 AS i')).toEqual([{ i: 1 }]);
  await moved.stop();
});

test('a start that fails says so with the last lines of the log, and names what is missing', async () => {
  const dataDir = await makeTemporaryDirectory();
  await expect(startEmbeddedPostgres({ dataDir, flags: ['-c', 'shared_buffers=rubbish'] })).rejects.toThrow(
    'invalid value for parameter "shared_buffers"',
  );
  await rm(join(dataDir, 'postgres.password'));
  await expect(startEmbeddedPostgres({ dataDir, flags })).rejects.toThrow('postgres.password back');
});

test('the log keeps to eight megabytes, the newest lines', async () => {
  const file = join(await makeTemporaryDirectory(), 'postgres.log');
  const log = openPostgresLog(file);
  const chunk = Buffer.alloc(64 * 1024, 'x');
  for (let written = 0; written < 10 * 1024 * 1024; written += chunk.length) log.write(chunk);
  log.write(Buffer.from('last line\n'));
  expect(log.tail().endsWith('last line')).toBe(true);
  log.close();
  const sizes = await Promise.all([stat(file), stat(`${file}.1`)]);
  expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(8 * 1024 * 1024);
  expect((await readFile(file, 'utf8')).endsWith('last line\n')).toBe(true);
});
