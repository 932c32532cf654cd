import { readdir, readFile, readlink } from 'node:fs/promises';
import { childMark } from './test-run.ts';

interface Process {
  pid: number;
  parent: number;
  commandLine: string;
  /** Whether it carries this run's mark or works in its directory. */
  isOfRun: boolean;
}

/**
 * Kills every process that a test of this run started and left running, and names them. The shared servers do not count while
 * their keeper lives. Reads Linux's /proc; on other systems it finds nothing.
 */
export async function endLeftovers(runDir: string): Promise<string[]> {
  // An empty or a common directory would match every process of the machine.
  if (!/^\/.*\/eventhooks-[a-z]+-[^/]+$/.test(runDir)) throw new Error(`Not the directory of a run: '${runDir}'`);
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter(Number.isInteger);
  const processes = new Map<number, Process>();
  for (const pid of pids) processes.set(pid, await describeProcess(pid, runDir));
  const leftovers = [...processes.values()].filter(
    (candidate) => candidate.isOfRun && candidate.pid !== process.pid && !isKept(candidate, processes),
  );
  for (const { pid } of leftovers) kill(pid);
  return leftovers.map(({ pid, commandLine }) => `${pid}: ${commandLine.slice(0, 200)}`);
}

async function describeProcess(pid: number, runDir: string): Promise<Process> {
  const [commandLine, environment, status] = await Promise.all(
    ['cmdline', 'environ', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
  );
  const directory = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  const isMarked = environment?.includes(`${childMark}=${runDir}\0`) ?? false;
  return {
    pid,
    parent: Number(/^PPid:\s+(\d+)/m.exec(status ?? '')?.[1]),
    commandLine: (commandLine ?? '').replaceAll('\0', ' ').trim(),
    // Some servers overwrite their environment with their title. Their working directory identifies them.
    isOfRun: isMarked || directory.startsWith(`${runDir}/`),
  };
}

function isKept(candidate: Process, processes: ReadonlyMap<number, Process>): boolean {
  for (let each: Process | undefined = candidate; each !== undefined; each = processes.get(each.parent)) {
    if (each.commandLine.includes('keep-servers.ts')) return true;
  }
  return false;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended by itself meanwhile.
  }
}
