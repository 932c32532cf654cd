import { nowMs } from './clock.ts';
import { type GroupReport, mainGroup, type Phase } from './receivers/receiver.ts';
import type { Bench } from './scenario.ts';
import { type PhaseUsage, startSampling } from './usage-sampler.ts';

export interface Delivered {
  publishedPerSecond: number;
  /** The rate from the first publish (or from `startedAtMs`) to the last arrival. */
  deliveredPerSecond: number;
  report: GroupReport;
  usage: PhaseUsage[];
}

export interface DeliverOptions {
  events?: number;
  /** Other groups, and how `main` behaves. */
  phase?: Phase;
  hooks?: number;
  /** Publishes everything first, while the workers are frozen. */
  publishFirst?: boolean;
}

/** Publishes events in batches, waits until all have arrived at the group `main`, and watches the processes meanwhile. */
export async function deliver(bench: Bench, options: DeliverOptions = {}): Promise<Delivered> {
  const { events = bench.events, hooks = 1, publishFirst = false, phase = {} } = options;
  await bench.receiver.expect({ ...phase, [mainGroup]: { ...phase[mainGroup], events, hooks } });
  const pids = new Map([['bench', process.pid], ...bench.stack.pids()]);
  const sampler = await startSampling(pids);
  try {
    if (publishFirst) bench.stack.freezeWorkers(true);
    const publishingAtMs = nowMs();
    await bench.publisher.publishAll(events);
    const publishedAtMs = nowMs();
    if (publishFirst) bench.stack.freezeWorkers(false);
    const report = await bench.receiver.waitFor(mainGroup);
    const startedAtMs = publishFirst ? publishedAtMs : publishingAtMs;
    return {
      publishedPerSecond: (events * 1_000) / (publishedAtMs - publishingAtMs),
      deliveredPerSecond: (events * hooks * 1_000) / (report.lastAtMs - startedAtMs),
      report,
      usage: await sampler.stop(),
    };
  } catch (error) {
    await sampler.stop();
    throw error;
  }
}

/** Arrivals per second between two hundredths of the expected `events`, such as 90 and 100. */
export function rateBetween({ progressAtMs }: GroupReport, events: number, from: number, to: number): number {
  const tookMs = (progressAtMs[to - 1] ?? 0) - (progressAtMs[from - 1] ?? 0);
  return ((events / 100) * (to - from) * 1_000) / tookMs;
}

/** CPU of the processes whose name begins so, in µs for each of `count`. */
export function cpuUsPer(usage: readonly PhaseUsage[], name: string, count: number): number {
  const cpuMs = usage.filter((phase) => phase.name.startsWith(name)).reduce((sum, phase) => sum + phase.cpuMs, 0);
  return (cpuMs * 1_000) / count;
}

/** The most memory of the largest process whose name begins so. */
export function mostMemoryMiB(usage: readonly PhaseUsage[], name: string): number {
  return Math.max(...usage.filter((phase) => phase.name.startsWith(name)).map(({ memoryMiB }) => memoryMiB.max));
}

/** Creates the hook that hears of every event: a signing `webhook` to the group `main`. @returns its id */
export function createMainHook(bench: Bench, settings: Record<string, unknown> = {}): Promise<string> {
  return bench.publisher.createHook({
    source: 'crud',
    event: 'consumers',
    handler: 'webhook',
    config: signingConfig(bench.receiver.urlOf(mainGroup)),
    ...settings,
  });
}

/** The config of a `webhook` whose requests are signed, as most users' are. */
export function signingConfig(url: string): Record<string, unknown> {
  return { url, secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' };
}
