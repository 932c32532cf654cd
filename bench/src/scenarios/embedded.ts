import { createMainHook, deliver, mostMemoryMiB } from '../deliver.ts';
import { mainGroup } from '../receivers/receiver.ts';
import type { Scenario } from '../scenario.ts';

const singlesPerSecond = 200;
const singles = 1_000;

export const embedded: Scenario = {
  summary: 'one process as `npm start` makes it: embedded PostgreSQL, which is the queue as well, no Redis',
  stack: { mode: 'embedded', workers: 1 },
  events: 10_000,
  rounds: 3,
  figures: {
    delivered: { unit: '/s', target: 2_000 },
    'delivered of raw undici': { unit: 'ratio' },
    published: { unit: '/s' },
    [`p50 at ${singlesPerSecond} single events a second`]: { unit: 'ms' },
    [`p99 at ${singlesPerSecond} single events a second`]: { unit: 'ms' },
    'memory, PostgreSQL included': { unit: 'MiB' },
  },
  async prepare(bench) {
    await createMainHook(bench);
    await deliver(bench, { events: 5_000 });
    await bench.measureRaw();
  },
  async round(bench) {
    const raw = await bench.measureRaw();
    const { deliveredPerSecond, publishedPerSecond, usage } = await deliver(bench);
    await bench.stack.waitUntilDispatched(bench.signal);
    await bench.receiver.expect({ [mainGroup]: { events: singles } });
    await bench.publisher.publishSteadily(singles, singlesPerSecond);
    const { latencyMs } = await bench.receiver.waitFor(mainGroup);
    return {
      delivered: deliveredPerSecond,
      'delivered of raw undici': deliveredPerSecond / raw,
      published: publishedPerSecond,
      [`p50 at ${singlesPerSecond} single events a second`]: latencyMs.p50,
      [`p99 at ${singlesPerSecond} single events a second`]: latencyMs.p99,
      'memory, PostgreSQL included': mostMemoryMiB(usage, 'eventhooks'),
    };
  },
};
