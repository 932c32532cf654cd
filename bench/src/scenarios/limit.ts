import { createMainHook, rateBetween } from '../deliver.ts';
import { mainGroup } from '../receivers/receiver.ts';
import type { Scenario } from '../scenario.ts';

const perSecond = 100;
/** Hundredths of all events, over which the rate at its highest is taken. */
const stretch = 10;

export const limit: Scenario = {
  summary: `a hook with a rate limit of ${perSecond}/s, and many times as many events at once; two workers`,
  stack: { mode: 'redis', workers: 2 },
  events: 3_000,
  rounds: 1,
  figures: {
    'of the limit': { unit: 'ratio', target: 0.9 },
    'limit of the most in any tenth': { unit: 'ratio', target: 0.9 },
    delivered: { unit: '/s' },
  },
  async prepare(bench) {
    await createMainHook(bench, { rate_limit: perSecond });
  },
  async round(bench) {
    const { events, receiver, publisher } = bench;
    await receiver.expect({ [mainGroup]: { events } });
    await publisher.publishAll(events);
    const report = await receiver.waitFor(mainGroup);
    const rate = (from: number, to: number): number => rateBetween(report, events, from, to);
    const rates = Array.from({ length: 100 - stretch }, (_, index) => rate(index + 1, index + 1 + stretch));
    return {
      'of the limit': rate(1, 100) / perSecond,
      'limit of the most in any tenth': perSecond / Math.max(...rates),
      delivered: rate(1, 100),
    };
  },
};
