import { readdir, readFile } from 'node:fs/promises';
import { CHILD_MARK } from './test-run.ts';

/**
 * Kills every process that a test of this run started and left behind, and says which. The shared servers, which the
 * keeper started, are found only after it should have stopped them: until then it is their parent.
 * Sees Linux's /proc only; elsewhere it finds nothing.
 */
export async function endLeftovers(runDir: string): Promise<string[]> {
  const keepers = new Set<number>();
  const found: { pid: number; parent: number; commandLine: string }[] = [];
  for (const entry of await readdir('/proc').catch(() => [])) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const commandLine = (await readProcFile(pid, 'cmdline')).replaceAll('\0', ' ').trim();
    const marked = (await readProcFile(pid, 'environ')).includes(`${CHILD_MARK}=${runDir}\0`);
    if (commandLine.includes('keep-servers.ts')) keepers.add(pid);
    else if (marked || commandLine.includes(`${runDir}/`)) {
      found.push({ pid, parent: await readParent(pid), commandLine });
    }
  }
  const leftovers = found.filter(({ parent }) => !keepers.has(parent));
  for (const { pid } of leftovers) kill(pid);
  return leftovers.map(({ pid, commandLine }) => `${pid}: ${commandLine.slice(0, 200)}`);
}

async function readProcFile(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
}

async function readParent(pid: number): Promise<number> {
  const status = await readProcFile(pid, 'status');
  return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself since we saw it.
  }
}
