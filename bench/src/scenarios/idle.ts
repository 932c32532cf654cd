import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { nowMs } from '../clock.ts';
import { createMainHook, deliver } from '../deliver.ts';
import { mainGroup } from '../receivers/receiver.ts';
import type { Bench, Scenario } from '../scenario.ts';
import { startSampling } from '../usage-sampler.ts';

/** Longer than the periods of what an idle worker does. */
const quietMs = 60_000;

export const idle: Scenario = {
  summary: `nothing to do for ${quietMs / 1_000} s; then a worker starts while an event waits`,
  stack: { mode: 'redis', workers: 1 },
  events: 1,
  rounds: 1,
  figures: {
    'worker CPU in a second': { unit: 'ms', target: 10 },
    'admin CPU in a second': { unit: 'ms', target: 10 },
    'Redis commands in a second': { unit: 'commands', target: 5 },
    'worker start to first delivery': { unit: 'ms', target: 1_500 },
  },
  async prepare(bench) {
    await createMainHook(bench);
    await deliver(bench, { events: 2_000 });
    await bench.stack.waitUntilDispatched(bench.signal);
  },
  async round(bench) {
    const sampler = await startSampling(bench.stack.pids());
    const commandsBefore = await countCommands(bench);
    await delay(quietMs, undefined, { signal: bench.signal });
    const commands = (await countCommands(bench)) - commandsBefore;
    const usage = await sampler.stop();
    const cpuOf = (process: string) => usage.find(({ name }) => name === process)?.cpuMs ?? Number.NaN;
    return {
      'worker CPU in a second': (cpuOf('worker 1') * 1_000) / quietMs,
      'admin CPU in a second': (cpuOf('admin') * 1_000) / quietMs,
      'Redis commands in a second': (commands * 1_000) / quietMs,
      'worker start to first delivery': await measureStart(bench),
    };
  },
};

/** With those that scripts make, and without asking for their number. */
async function countCommands({ stack }: Bench): Promise<number> {
  if (stack.redisUrl === null) throw new Error('idle measures Redis');
  const redis = new Redis(stack.redisUrl);
  try {
    const stats = await redis.info('commandstats');
    const calls = [...stats.matchAll(/^cmdstat_(?!info|client|select)[^:]*:calls=(\d+)/gm)];
    return calls.reduce((sum, [, count]) => sum + Number(count), 0);
  } finally {
    redis.disconnect();
  }
}

async function measureStart({ stack, receiver, publisher }: Bench): Promise<number> {
  await stack.stopWorkers();
  await receiver.expect({ [mainGroup]: { events: 1 } });
  await publisher.publishAll(1);
  const startedAtMs = nowMs();
  const [{ lastAtMs }] = await Promise.all([receiver.waitFor(mainGroup), stack.startWorker()]);
  return lastAtMs - startedAtMs;
}
