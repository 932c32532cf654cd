import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { currentTestRun } from './test-run.ts';

/**
 * An empty directory that other users may enter (PostgreSQL may run as one), removed when the run ends. Child
 * processes keep their data here, because the leak check identifies them by their directory.
 */
export async function makeTemporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(currentTestRun().dir, 'files-'));
  await chmod(directory, 0o755);
  return directory;
}
