import { createMainHook, type Delivered, deliver, rateBetween } from '../deliver.ts';
import type { Scenario } from '../scenario.ts';

const kinds = {
  'without order': {},
  '1,000 keys': { order_by: 'data.n % 1000' },
  'one key': { order_by: "''" },
} as const;

export const ordered: Scenario = {
  summary: 'a hook with order_by: 1,000 keys and one key, against none; one worker',
  stack: { mode: 'redis', workers: 1 },
  events: 100_000,
  rounds: 3,
  figures: {
    '1,000 keys of without order': { unit: 'ratio', target: 0.5 },
    'delivered, without order': { unit: '/s' },
    'delivered, 1,000 keys': { unit: '/s' },
    'delivered, one key': { unit: '/s', target: 300 },
    'one key: last tenth of first tenth': { unit: 'ratio', target: 0.9 },
  },
  async prepare(bench) {
    const hook = await createMainHook(bench);
    await deliver(bench, { events: 10_000 });
    await bench.publisher.deleteHook(hook);
  },
  async round(bench) {
    const measure = async (kind: keyof typeof kinds): Promise<Delivered> => {
      const hook = await createMainHook(bench, kinds[kind]);
      const delivered = await deliver(bench);
      await bench.publisher.deleteHook(hook);
      return delivered;
    };
    const { deliveredPerSecond: unordered } = await measure('without order');
    const { deliveredPerSecond: manyKeys } = await measure('1,000 keys');
    const oneKey = await measure('one key');
    const rate = (from: number, to: number): number => rateBetween(oneKey.report, bench.events, from, to);
    return {
      '1,000 keys of without order': manyKeys / unordered,
      'delivered, without order': unordered,
      'delivered, 1,000 keys': manyKeys,
      'delivered, one key': oneKey.deliveredPerSecond,
      'one key: last tenth of first tenth': rate(90, 100) / rate(1, 10),
    };
  },
};
