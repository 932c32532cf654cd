import { nowMs } from '../clock.ts';
import { cpuUsPer, createMainHook, deliver } from '../deliver.ts';
import type { Scenario } from '../scenario.ts';

const eventsPerRequest = 100;

export const batched: Scenario = {
  summary:
    'many events, one webhook with batches of 100: published while the worker is frozen, then delivered and recorded',
  stack: { mode: 'redis', workers: 1 },
  events: 50_000,
  rounds: 3,
  figures: {
    'delivered, batches of 100': { unit: '/s', target: 60_000 },
    'delivered and recorded': { unit: '/s' },
    'delivered, one by one': { unit: '/s' },
    'worker per event': { unit: 'µs' },
    'PostgreSQL per event': { unit: 'µs' },
  },
  async prepare(bench) {
    const hook = await createMainHook(bench, { batch: { size: eventsPerRequest, wait: 0 } });
    await deliver(bench, { events: 20_000 });
    await bench.publisher.deleteHook(hook);
  },
  async round(bench) {
    const single = await createMainHook(bench);
    const alone = await deliver(bench, { events: 10_000, publishFirst: true });
    await bench.publisher.deleteHook(single);
    const hook = await createMainHook(bench, { batch: { size: eventsPerRequest, wait: 0 } });
    const together = await deliver(bench, { publishFirst: true });
    const arrivedAtMs = nowMs();
    await bench.stack.waitUntilDispatched(bench.signal);
    const arrivalMs = (bench.events * 1_000) / together.deliveredPerSecond;
    await bench.publisher.deleteHook(hook);
    return {
      'delivered, batches of 100': together.deliveredPerSecond,
      'delivered and recorded': (bench.events * 1_000) / (arrivalMs + nowMs() - arrivedAtMs),
      'delivered, one by one': alone.deliveredPerSecond,
      'worker per event': cpuUsPer(together.usage, 'worker', bench.events),
      'PostgreSQL per event': cpuUsPer(together.usage, 'postgres', bench.events),
    };
  },
};
