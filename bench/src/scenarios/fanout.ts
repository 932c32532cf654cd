import { createMainHook, deliver, signingConfig } from '../deliver.ts';
import { mainGroup } from '../receivers/receiver.ts';
import { runConcurrently } from '../run-concurrently.ts';
import type { Scenario } from '../scenario.ts';

const hooks = 1_000;
const madeAtOnce = 8;

export const fanout: Scenario = {
  summary: 'each event for 1,000 hooks of one receiver, one worker',
  stack: { mode: 'redis', workers: 1 },
  events: 100,
  rounds: 3,
  figures: {
    'fan-out of raw undici': { unit: 'ratio', target: 0.35 },
    'raw undici loop': { unit: '/s' },
    delivered: { unit: '/s' },
  },
  async prepare(bench) {
    await runConcurrently(hooks, madeAtOnce, bench.signal, async (hook) => {
      await createMainHook(bench, { config: signingConfig(bench.receiver.urlOf(mainGroup, hook)) });
    });
    await deliver(bench, { hooks, events: 5 });
    await bench.measureRaw();
  },
  async round(bench) {
    const before = await bench.measureRaw();
    const { deliveredPerSecond } = await deliver(bench, { hooks });
    const after = await bench.measureRaw();
    return {
      'fan-out of raw undici': (2 * deliveredPerSecond) / (before + after),
      'raw undici loop': (before + after) / 2,
      delivered: deliveredPerSecond,
    };
  },
};
