import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { publishTestRun, type TestRun } from './test-run.ts';

/** Hands what was started here to the global teardown: Jest runs both in one process, and passes nothing along itself. */
export interface TestServers {
  runDir: string;
  keeper: ChildProcess;
}

declare global {
  var eventhooksTestServers: TestServers | undefined;
}

/** Starts one PostgreSQL and one Redis for the whole run, kept by a process that stops them when this one is gone. */
export default async function startServers(): Promise<void> {
  const runDir = await mkdtemp(join(tmpdir(), 'eventhooks-test-'));
  // PostgreSQL may run as another user, who must be able to reach its directory.
  await chmod(runDir, 0o755);
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('./keep-servers.ts', import.meta.url)), runDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  globalThis.eventhooksTestServers = { runDir, keeper };
  const lines = createInterface({ input: keeper.stdout });
  const [line] = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
  if (typeof line !== 'string') throw new Error('The test servers did not start: see above.');
  const servers: Omit<TestRun, 'dir'> = JSON.parse(line);
  publishTestRun({ ...servers, dir: runDir });
}
