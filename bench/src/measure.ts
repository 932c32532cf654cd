import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../apps/standalone/src/embedded-postgres.ts';
import { measureBullmq } from './bullmq-loop.ts';
import { nowMs } from './clock.ts';
import type { BenchOptions } from './options.ts';
import { createProcessGroup, type ProcessGroup } from './processes.ts';
import { openPublisher, type Publisher } from './publisher.ts';
import { type Latency, type Receiver, startReceiver } from './receiver.ts';
import { startEventhooks, startRedis } from './stack.ts';
import { type LoopResult, measureUndici } from './undici-loop.ts';
import { type PhaseUsage, startSampling } from './usage-sampler.ts';

export interface Throughput {
  publishedPerSecond: number;
  deliveredPerSecond: number;
  repeats: number;
  latencyMs: Latency;
  usage: PhaseUsage[];
}

export interface Measurement {
  /** Right before and right after the throughput, for the machine's other load changes what it can do. */
  undici: { before: LoopResult; after: LoopResult };
  /** Delivered a second, by the mean of the raw loop's two runs. */
  ratio: number;
  /** Null: there is no Redis in this run. */
  bullmqPerSecond: number | null;
  throughput: Throughput;
  /** Of single events at a low rate. */
  latencyMs: Latency;
}

export const steady = { perSecond: 200, seconds: 5 };
const warmUpEvents = 2_000;
/** The two loops keep no state that more events would show. */
const mostLoopEvents = 20_000;

/** Starts everything, measures one thing after the other, and stops everything, whatever happens. */
export async function measure(
  options: BenchOptions,
  signal: AbortSignal,
  onProgress: (line: string) => void,
): Promise<Measurement> {
  const dir = await mkdtemp(join(tmpdir(), 'eventhooks-bench-'));
  const group = createProcessGroup(signal);
  try {
    await chmod(dir, 0o755); // PostgreSQL does not run as root, and must reach its part of it.
    const postgres = await startEmbeddedPostgres({ dataDir: dir });
    try {
      return await measureOn({ options, signal, onProgress, group, dir, postgres });
    } finally {
      await group.stop();
      await postgres.stop();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

interface Run {
  options: BenchOptions;
  signal: AbortSignal;
  onProgress: (line: string) => void;
  group: ProcessGroup;
  dir: string;
  postgres: { url: string; pid: number };
}

async function measureOn({ options, signal, onProgress, group, dir, postgres }: Run): Promise<Measurement> {
  const receiver = await startReceiver(group, signal);
  const loopEvents = Math.min(options.events, mostLoopEvents);

  let redisUrl: string | null = null;
  let bullmqPerSecond: number | null = null;
  if (options.backend === 'redis') {
    redisUrl = await startRedis(group, dir);
    onProgress('Bare BullMQ loop');
    await measureBullmq(receiver, redisUrl, warmUpEvents, signal);
    bullmqPerSecond = await measureBullmq(receiver, redisUrl, loopEvents, signal);
  }

  onProgress('Eventhooks: start and warm up');
  const adminUrl = await startEventhooks(group, postgres.url, redisUrl, options.workers);
  const publisher = openPublisher(adminUrl, signal);
  try {
    await publisher.createHook(receiver.url);
    await receiver.reset(warmUpEvents);
    await publisher.publishAll(warmUpEvents);
    await receiver.waitFor(warmUpEvents);
    onProgress('Raw undici loop');
    await measureUndici(receiver, warmUpEvents, signal);
    const before = await measureUndici(receiver, loopEvents, signal);
    onProgress(`Eventhooks: ${options.events} events at once`);
    const pids = new Map([['bench', process.pid], ['postgres', postgres.pid], ...group.pids()]);
    const throughput = await measureThroughput(publisher, receiver, options.events, pids);
    onProgress('Raw undici loop');
    const after = await measureUndici(receiver, loopEvents, signal);
    onProgress(`Eventhooks: ${steady.perSecond} events a second`);
    const latencyMs = await measureLatency(publisher, receiver);
    const ratio = (2 * throughput.deliveredPerSecond) / (before.perSecond + after.perSecond);
    return { undici: { before, after }, ratio, bullmqPerSecond, throughput, latencyMs };
  } finally {
    await publisher.close();
  }
}

async function measureThroughput(
  publisher: Publisher,
  receiver: Receiver,
  events: number,
  pids: ReadonlyMap<string, number>,
): Promise<Throughput> {
  await receiver.reset(events);
  const sampler = await startSampling(pids);
  try {
    const startedAtMs = nowMs();
    await publisher.publishAll(events);
    const publishedAtMs = nowMs();
    const { lastAtMs, repeats, latencyMs } = await receiver.waitFor(events);
    return {
      publishedPerSecond: events / ((publishedAtMs - startedAtMs) / 1_000),
      deliveredPerSecond: events / ((lastAtMs - startedAtMs) / 1_000),
      repeats,
      latencyMs,
      usage: await sampler.stop(),
    };
  } catch (error) {
    await sampler.stop();
    throw error;
  }
}

async function measureLatency(publisher: Publisher, receiver: Receiver): Promise<Latency> {
  const events = steady.perSecond * steady.seconds;
  await receiver.reset(events);
  await publisher.publishSteadily(events, steady.perSecond);
  return (await receiver.waitFor(events)).latencyMs;
}
