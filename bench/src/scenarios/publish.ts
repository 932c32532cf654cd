import { nowMs } from '../clock.ts';
import { measureBareExpress, measureBareInsert } from '../publish-limits.ts';
import { batchSize } from '../publisher.ts';
import type { Scenario } from '../scenario.ts';

const concurrencies = [1, 32, 64, 256] as const;
/** Single events cost more each. */
const singleShare = 0.2;

export const publish: Scenario = {
  summary: 'publishing alone: batches, and single events at several concurrencies; no worker',
  stack: { mode: 'redis', workers: 0 },
  events: 40_000,
  rounds: 3,
  figures: {
    'batches of bare INSERT': { unit: 'ratio', target: 0.7 },
    'singles at 64 of bare Express': { unit: 'ratio', target: 0.5 },
    [`batches of ${batchSize}`]: { unit: '/s', target: 20_000 },
    'bare INSERT … unnest loop': { unit: '/s' },
    'bare Express handler, at 64': { unit: '/s' },
    ...Object.fromEntries(concurrencies.map((concurrency) => [`singles at ${concurrency}`, { unit: '/s' as const }])),
  },
  async prepare(bench) {
    await bench.publisher.publishAll(10_000);
    await bench.publisher.publishSingly(4_000, 64);
  },
  async round(bench) {
    const singles = Math.ceil(bench.events * singleShare);
    const { databaseUrl } = bench.stack;
    if (databaseUrl === null) throw new Error('publish needs a database of its own');
    const insert = await measureBareInsert(databaseUrl, bench.events, bench.signal);
    const batches = await timed(bench.events, () => bench.publisher.publishAll(bench.events));
    const express = await measureBareExpress(singles, 64, bench.signal);
    const single: Record<string, number> = {};
    for (const concurrency of concurrencies) {
      const events = concurrency === 1 ? Math.ceil(singles / 8) : singles;
      single[`singles at ${concurrency}`] = await timed(events, () =>
        bench.publisher.publishSingly(events, concurrency),
      );
    }
    return {
      'batches of bare INSERT': batches / insert,
      'singles at 64 of bare Express': (single['singles at 64'] ?? 0) / express,
      [`batches of ${batchSize}`]: batches,
      'bare INSERT … unnest loop': insert,
      'bare Express handler, at 64': express,
      ...single,
    };
  },
};

/** @returns events per second */
async function timed(events: number, work: () => Promise<void>): Promise<number> {
  const startedAtMs = nowMs();
  await work();
  return (events * 1_000) / (nowMs() - startedAtMs);
}
