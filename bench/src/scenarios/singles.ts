import { nowMs } from '../clock.ts';
import { cpuUsPer, createMainHook, deliver } from '../deliver.ts';
import { mainGroup } from '../receivers/receiver.ts';
import type { Scenario } from '../scenario.ts';
import { startSampling } from '../usage-sampler.ts';

const publishers = 64;

export const singles: Scenario = {
  summary: `${publishers} publishers of single events, one hook, one worker`,
  stack: { mode: 'redis', workers: 1 },
  events: 20_000,
  rounds: 3,
  figures: {
    'of raw undici': { unit: 'ratio' },
    delivered: { unit: '/s', target: 4_500 },
    'p50 from publishing to the receiver': { unit: 'ms' },
    'CPU of the worker a delivery': { unit: 'µs' },
    'CPU of PostgreSQL a delivery': { unit: 'µs' },
    'CPU of the admin a delivery': { unit: 'µs' },
    'CPU of Redis a delivery': { unit: 'µs' },
  },
  async prepare(bench) {
    await createMainHook(bench);
    await deliver(bench, { events: 10_000 });
    await bench.measureRaw();
  },
  async round({ events, receiver, publisher, stack, measureRaw }) {
    const before = await measureRaw();
    await receiver.expect({ [mainGroup]: { events } });
    const sampler = await startSampling(new Map(stack.pids()));
    const startedAtMs = nowMs();
    await publisher.publishSingly(events, publishers);
    const { lastAtMs, latencyMs } = await receiver.waitFor(mainGroup);
    const usage = await sampler.stop();
    const after = await measureRaw();
    const perSecond = (events * 1_000) / (lastAtMs - startedAtMs);
    return {
      'of raw undici': (2 * perSecond) / (before + after),
      delivered: perSecond,
      'p50 from publishing to the receiver': latencyMs.p50,
      'CPU of the worker a delivery': cpuUsPer(usage, 'worker', events),
      'CPU of PostgreSQL a delivery': cpuUsPer(usage, 'postgres', events),
      'CPU of the admin a delivery': cpuUsPer(usage, 'admin', events),
      'CPU of Redis a delivery': cpuUsPer(usage, 'redis', events),
    };
  },
};
