import { createMainHook, deliver } from '../deliver.ts';
import type { Scenario } from '../scenario.ts';

const kinds = {
  'without order': {},
  '1,000 keys': { order_by: 'data.n % 1000' },
  'one key': { order_by: "''" },
} as const;

/** One key goes at the pace of its receiver, so it gets fewer events. */
const partOfOneKey = 0.2;

export const ordered: Scenario = {
  summary: 'a hook with order_by: 1,000 keys and one key, against none; one worker',
  stack: { mode: 'redis', workers: 1 },
  events: 50_000,
  rounds: 3,
  figures: {
    '1,000 keys of without order': { unit: 'ratio', target: 0.5 },
    'delivered, without order': { unit: '/s' },
    'delivered, 1,000 keys': { unit: '/s' },
    'delivered, one key': { unit: '/s', target: 300 },
  },
  async prepare(bench) {
    const hook = await createMainHook(bench);
    await deliver(bench, { events: 10_000 });
    await bench.publisher.deleteHook(hook);
  },
  async round(bench) {
    const perSecond = { 'without order': 0, '1,000 keys': 0, 'one key': 0 };
    for (const kind of ['without order', '1,000 keys', 'one key'] as const) {
      const hook = await createMainHook(bench, kinds[kind]);
      const events = kind === 'one key' ? Math.ceil(bench.events * partOfOneKey) : bench.events;
      perSecond[kind] = (await deliver(bench, { events })).deliveredPerSecond;
      await bench.publisher.deleteHook(hook);
    }
    return {
      '1,000 keys of without order': perSecond['1,000 keys'] / perSecond['without order'],
      'delivered, without order': perSecond['without order'],
      'delivered, 1,000 keys': perSecond['1,000 keys'],
      'delivered, one key': perSecond['one key'],
    };
  },
};
