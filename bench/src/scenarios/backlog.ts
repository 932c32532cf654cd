import { Redis } from 'ioredis';
import { nowMs } from '../clock.ts';
import { createMainHook, rateBetween } from '../deliver.ts';
import { mainGroup } from '../receivers/receiver.ts';
import type { Scenario } from '../scenario.ts';
import { startSampling } from '../usage-sampler.ts';

export const backlog: Scenario = {
  summary: 'events published while no worker runs, then drained by one: the rate at the start and at the end',
  stack: { mode: 'redis', workers: 0 },
  events: 1_000_000,
  rounds: 1,
  figures: {
    'last tenth of first tenth': { unit: 'ratio', target: 0.9 },
    published: { unit: '/s' },
    'drained, first tenth': { unit: '/s' },
    'drained, last tenth': { unit: '/s' },
    'drained, all': { unit: '/s' },
    'memory of Redis, empty': { unit: 'MiB' },
    'memory of Redis, backlog waiting': { unit: 'MiB' },
    'memory of the worker': { unit: 'MiB', target: 250 },
    'memory of the admin': { unit: 'MiB' },
  },
  async prepare(bench) {
    await createMainHook(bench);
  },
  async round(bench) {
    const { stack, receiver, events } = bench;
    if (stack.redisUrl === null) throw new Error('backlog needs Redis');
    const emptyMiB = await readRedisMemory(stack.redisUrl);
    await receiver.expect({ [mainGroup]: { events } });
    const startedAtMs = nowMs();
    const sampler = await startSampling(stack.pids());
    await bench.publisher.publishAll(events);
    const publishedPerSecond = (events * 1_000) / (nowMs() - startedAtMs);
    const adminUsage = await sampler.stop();
    const waitingMiB = await readRedisMemory(stack.redisUrl);
    await stack.startWorker();
    const workerSampler = await startSampling(stack.pids());
    const report = await receiver.waitFor(mainGroup);
    const usage = await workerSampler.stop();
    await stack.waitUntilDispatched(bench.signal);
    await stack.stopWorkers();
    // Counts from the first hundredth on, because a worker that has just started is not warm.
    const rate = (from: number, to: number): number => rateBetween(report, events, from, to);
    return {
      'last tenth of first tenth': rate(90, 100) / rate(1, 10),
      published: publishedPerSecond,
      'drained, first tenth': rate(1, 10),
      'drained, last tenth': rate(90, 100),
      'drained, all': rate(1, 100),
      'memory of Redis, empty': emptyMiB,
      'memory of Redis, backlog waiting': waitingMiB,
      'memory of the worker': usage.find(({ name }) => name.startsWith('worker'))?.memoryMiB.max ?? 0,
      'memory of the admin': adminUsage.find(({ name }) => name === 'admin')?.memoryMiB.max ?? 0,
    };
  },
};

/** The memory that Redis has allocated for data and buffers. */
async function readRedisMemory(url: string): Promise<number> {
  const redis = new Redis(url);
  try {
    const bytes = /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1];
    return Number(bytes) / 2 ** 20;
  } finally {
    redis.disconnect();
  }
}
