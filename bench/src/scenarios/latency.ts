import { createMainHook, deliver } from '../deliver.ts';
import { measureSteadily } from '../limits.ts';
import { mainGroup } from '../receivers/receiver.ts';
import type { Scenario } from '../scenario.ts';

const perSecond = 200;

export const latency: Scenario = {
  summary: `${perSecond} single-event requests a second: from publishing to the receiver`,
  stack: { mode: 'redis', workers: 1 },
  events: 2_000,
  rounds: 3,
  figures: {
    'p50 above the receiver': { unit: 'ms', target: 8 },
    'p99 above the receiver': { unit: 'ms', target: 40 },
    'p50, straight to the receiver': { unit: 'ms' },
    'p99, straight to the receiver': { unit: 'ms' },
  },
  async prepare(bench) {
    await createMainHook(bench);
    await deliver(bench, { events: 10_000 });
  },
  async round(bench) {
    const own = await measureSteadily(bench.receiver, bench.events, perSecond, bench.signal);
    await bench.receiver.expect({ [mainGroup]: { events: bench.events } });
    await bench.publisher.publishSteadily(bench.events, perSecond);
    const { latencyMs } = await bench.receiver.waitFor(mainGroup);
    return {
      'p50 above the receiver': latencyMs.p50 - own.p50,
      'p99 above the receiver': latencyMs.p99 - own.p99,
      'p50, straight to the receiver': own.p50,
      'p99, straight to the receiver': own.p99,
    };
  },
};
