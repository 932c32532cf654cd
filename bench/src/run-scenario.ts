import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureUndici } from './limits.ts';
import { createProcessGroup } from './processes.ts';
import { openPublisher } from './publisher.ts';
import { startReceiver } from './receivers/receiver.ts';
import type { Bench, Figures, Scenario } from './scenario.ts';
import { startStack } from './stack.ts';

export interface RunOptions {
  events: number | null;
  rounds: number | null;
  workers: number | null;
  profile: string | null;
  signal: AbortSignal;
  onProgress: (line: string) => void;
}

export interface ScenarioResult {
  events: number;
  /** The medians of the rounds. */
  figures: Figures;
  rounds: Figures[];
}

/** The loop keeps no state that more events would show. */
const mostRawEvents = 20_000;

/** Starts everything that a scenario needs, runs its rounds, and stops and removes everything, whatever happens. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<ScenarioResult> {
  const { signal, onProgress } = options;
  const dir = await mkdtemp(join(tmpdir(), 'eventhooks-bench-'));
  const group = createProcessGroup(signal);
  const stackOptions = { ...scenario.stack, ...(options.workers !== null && { workers: options.workers }) };
  const events = options.events ?? scenario.events;
  try {
    await chmod(dir, 0o755); // PostgreSQL does not run as root, and must reach its part of it.
    const receiver = await startReceiver(group, signal);
    const stack = await startStack(group, dir, stackOptions, options.profile);
    const publisher = openPublisher(stack.adminUrl, signal);
    try {
      const measureRaw = () => measureUndici(receiver, mostRawEvents, signal);
      const bench: Bench = { events, stack, receiver, publisher, group, dir, signal, measureRaw };
      onProgress('warm-up');
      await scenario.prepare(bench);
      const rounds: Figures[] = [];
      for (let round = 1; round <= (options.rounds ?? scenario.rounds); round += 1) {
        onProgress(`round ${round}`);
        rounds.push(await scenario.round(bench));
      }
      return { events, figures: mediansOf(rounds), rounds };
    } finally {
      await publisher.close();
      await stack.stop();
    }
  } finally {
    await group.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

export function mediansOf(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, medianOf(rounds.map((round) => round[name] ?? Number.NaN))]));
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
