import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Enough for the events of a run, and far less than a machine's memory. */
const sizeMiB = 512;

/** A file system for the events' tables alone, so that a test can fill it. */
export interface SmallDisk {
  path: string;
  /** Fills the disk. */
  fill(): Promise<void>;
  clear(): Promise<void>;
}

const mountPoint = 'small-disk';

/** Mounts a small tmpfs below `dir`; undefined where that is not allowed (it takes root). */
export async function mountSmallDisk(dir: string): Promise<SmallDisk | undefined> {
  const path = join(dir, mountPoint);
  await mkdir(path);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=0777`, 'tmpfs', path]);
  } catch {
    return undefined;
  }
  await chmod(path, 0o777);
  const ballast = join(path, 'ballast');
  return {
    path,
    async fill() {
      const { bavail, bsize } = await statfs(path);
      // One block too many: dd fails, and the disk is full.
      await run('dd', [
        'if=/dev/zero',
        `of=${ballast}`,
        'bs=1M',
        `count=${Math.ceil((bavail * bsize) / 2 ** 20) + 1}`,
      ]).catch(() => undefined);
      await writeFile(`${ballast}-rest`, Buffer.alloc(2 ** 20)).catch(() => undefined);
    },
    async clear() {
      await Promise.all([rm(ballast, { force: true }), rm(`${ballast}-rest`, { force: true })]);
    },
  };
}

/** Unmounts the disk, which nothing uses any more. Does nothing if there is none. */
export async function unmountSmallDisk(dir: string): Promise<void> {
  await run('umount', [join(dir, mountPoint)]).catch(() => undefined);
}
