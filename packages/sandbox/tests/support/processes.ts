import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** The runners of a process, by default of this one. Reads /proc, so on Linux only. */
export function runnerPids(parent = process.pid): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isRunnerOf(pid, parent));
}

function isRunnerOf(pid: number, parent: number): boolean {
  try {
    const [, name, , ppid] = /^\d+ \((.*)\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return name?.startsWith('eventhooks-sand') === true && Number(ppid) === parent;
  } catch {
    return false;
  }
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie has ended, and waits for its new parent to reap it.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Polls until the condition holds. @throws Error after `limitMs`. */
export async function until(condition: () => boolean, limitMs = 20_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true');
    await delay(10);
  }
}
