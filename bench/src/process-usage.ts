import { readdir, readFile } from 'node:fs/promises';

/** CPU and memory of a process and its descendants. */
export interface Usage {
  cpuMs: number;
  /** Resident, with memory that they share counted once. */
  memoryMiB: number;
}

/** USER_HZ, which the kernel keeps at 100 on every architecture that Node runs on. */
const msPerTick = 10;

interface ProcessStat {
  pid: number;
  parent: number;
  cpuMs: number;
}

/**
 * Reads the usage of the trees below `roots` from /proc (Linux only). A root that is below another one belongs
 * to its own tree alone. A child that ended is counted once its parent has waited for it. A process that is gone counts
 * nothing.
 */
export async function readUsage(roots: readonly number[]): Promise<Usage[]> {
  const entries = await readdir('/proc');
  const read = await Promise.all(entries.filter((name) => /^\d+$/.test(name)).map(readStat));
  const stats = read.filter((stat) => stat !== null);
  return Promise.all(roots.map((root) => usageOfTree(treeOf(root, roots, stats))));
}

async function readStat(pid: string): Promise<ProcessStat | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The name, in parentheses, may hold spaces; the third field follows it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 20) return null;
  const [utime = 0, stime = 0, childrenUtime = 0, childrenStime = 0] = fields.slice(11, 15).map(Number);
  return {
    pid: Number(pid),
    parent: Number(fields[1]),
    cpuMs: (utime + stime + childrenUtime + childrenStime) * msPerTick,
  };
}

function treeOf(root: number, roots: readonly number[], stats: readonly ProcessStat[]): ProcessStat[] {
  const tree = stats.filter((stat) => stat.pid === root);
  for (const member of tree) {
    tree.push(...stats.filter((stat) => stat.parent === member.pid && !roots.includes(stat.pid)));
  }
  return tree;
}

async function usageOfTree(tree: readonly ProcessStat[]): Promise<Usage> {
  const memories = await Promise.all(tree.map(({ pid }) => readMemory(pid)));
  const own = memories.reduce((sum, { residentKiB, sharedKiB }) => sum + residentKiB - sharedKiB, 0);
  const shared = Math.max(0, ...memories.map(({ sharedKiB }) => sharedKiB));
  return { cpuMs: tree.reduce((sum, { cpuMs }) => sum + cpuMs, 0), memoryMiB: (own + shared) / 1_024 };
}

async function readMemory(pid: number): Promise<{ residentKiB: number; sharedKiB: number }> {
  const text = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const read = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  return { residentKiB: read('VmRSS'), sharedKiB: read('RssShmem') + read('RssFile') };
}
