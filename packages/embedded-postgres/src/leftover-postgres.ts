import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const fastStopMs = 15_000;
const immediateStopMs = 10_000;
const pollMs = 50;

/**
 * Stops the server that a killed Eventhooks left running on this cluster, and cleans up after a server that was killed
 * with it. The caller holds the data directory's lock, so no living Eventhooks uses the cluster.
 *
 * PostgreSQL itself refuses to start while `postmaster.pid` names any living process of its user; after a reboot or in
 * a container that pid often belongs to another program, so we check what the process is.
 *
 * @throws Error when the server does not stop.
 */
export async function stopLeftoverPostgres(clusterDir: string, onProgress: (line: string) => void): Promise<void> {
  const pidFile = join(clusterDir, 'postmaster.pid');
  const content = await readFile(pidFile, 'utf8').catch(() => '');
  if (content === '') return;
  const pid = Number(content.split('\n', 1)[0]);
  if (await isPostmasterOf(pid, clusterDir)) {
    onProgress(`Stopping the PostgreSQL (pid ${pid}) that an earlier run left behind`);
    await stopPostmaster(pid, clusterDir);
  }
  await rm(pidFile, { force: true });
}

async function stopPostmaster(pid: number, clusterDir: string): Promise<void> {
  for (const [signal, deadlineMs] of [['SIGINT', fastStopMs] as const, ['SIGQUIT', immediateStopMs] as const]) {
    if (!trySignal(pid, signal)) return;
    const endsAt = Date.now() + deadlineMs;
    while (Date.now() < endsAt) {
      if (!(await isPostmasterOf(pid, clusterDir))) return;
      await delay(pollMs);
    }
  }
  throw new Error(`A PostgreSQL (pid ${pid}) still runs on ${clusterDir} and does not stop. End it, then start again.`);
}

function trySignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Whether the process is a server that we started on this directory: its children's command lines differ. */
async function isPostmasterOf(pid: number, clusterDir: string): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 1) return false;
  const commandLine = (await readCommandLine(pid)).replaceAll('\0', ' ');
  return commandLine.includes(`postgres -D ${clusterDir} `);
}

async function readCommandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  );
}
