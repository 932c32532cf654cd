import { cpuUsPer, createMainHook, deliver, mostMemoryMiB } from '../deliver.ts';
import { measureBullmq } from '../limits.ts';
import type { Scenario } from '../scenario.ts';
import { readStorage } from '../storage.ts';

const warmUpEvents = 10_000;
const bullmqEvents = 10_000;

export const fanin: Scenario = {
  summary: 'many events, one hook, one worker',
  stack: { mode: 'redis', workers: 1 },
  events: 100_000,
  rounds: 3,
  figures: {
    'whole path of raw undici': { unit: 'ratio', target: 0.3 },
    'deliver-only of raw undici': { unit: 'ratio', target: 0.4 },
    'raw undici loop': { unit: '/s' },
    'bare BullMQ loop': { unit: '/s' },
    published: { unit: '/s' },
    delivered: { unit: '/s' },
    'delivered, published before': { unit: '/s' },
    'CPU of the worker a delivery': { unit: 'µs', target: 130 },
    'CPU of PostgreSQL a delivery': { unit: 'µs' },
    'CPU of the admin a delivery': { unit: 'µs' },
    'CPU of the receiver a delivery': { unit: 'µs' },
    'CPU of Redis a delivery': { unit: 'µs' },
    'WAL a delivery': { unit: 'B', target: 1_000 },
    'disk a delivery': { unit: 'B', target: 700 },
    'memory of the worker': { unit: 'MiB', target: 250 },
    'memory of the admin': { unit: 'MiB' },
  },
  async prepare(bench) {
    await createMainHook(bench);
    await deliver(bench, { events: warmUpEvents });
    await bench.measureRaw();
  },
  async round(bench) {
    const { redisUrl, databaseUrl } = bench.stack;
    if (redisUrl === null || databaseUrl === null) throw new Error('fanin needs Redis and a PostgreSQL of its own');
    const bullmq = await measureBullmq(bench.receiver, redisUrl, bullmqEvents, bench.signal);
    const before = await bench.measureRaw();
    const stored = await readStorage(databaseUrl);
    const whole = await deliver(bench);
    // The last arrivals are recorded a moment later.
    await bench.stack.waitUntilDispatched(bench.signal);
    const { walBytes, diskBytes } = await readStorage(databaseUrl);
    const between = await bench.measureRaw();
    const only = await deliver(bench, { publishFirst: true });
    const after = await bench.measureRaw();
    return {
      'whole path of raw undici': (2 * whole.deliveredPerSecond) / (before + between),
      'deliver-only of raw undici': (2 * only.deliveredPerSecond) / (between + after),
      'raw undici loop': (before + between + after) / 3,
      'bare BullMQ loop': bullmq,
      published: whole.publishedPerSecond,
      delivered: whole.deliveredPerSecond,
      'delivered, published before': only.deliveredPerSecond,
      'CPU of the worker a delivery': cpuUsPer(whole.usage, 'worker', bench.events),
      'CPU of PostgreSQL a delivery': cpuUsPer(whole.usage, 'postgres', bench.events),
      'CPU of the admin a delivery': cpuUsPer(whole.usage, 'admin', bench.events),
      'CPU of the receiver a delivery': cpuUsPer(whole.usage, 'receiver', bench.events),
      'CPU of Redis a delivery': cpuUsPer(whole.usage, 'redis', bench.events),
      'WAL a delivery': (walBytes - stored.walBytes) / bench.events,
      'disk a delivery': (diskBytes - stored.diskBytes) / bench.events,
      'memory of the worker': mostMemoryMiB(whole.usage, 'worker'),
      'memory of the admin': mostMemoryMiB(whole.usage, 'admin'),
    };
  },
};
