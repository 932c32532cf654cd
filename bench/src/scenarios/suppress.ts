import { createMainHook } from '../deliver.ts';
import { dispatchAll } from '../dispatch-all.ts';
import type { Scenario } from '../scenario.ts';

const kinds = {
  without: {},
  snooze: { snooze: 3_600 },
  on_change: { on_change: true },
} as const;

export const suppress: Scenario = {
  summary: 'snooze (all but one event is held back) and on_change (every event fires), one hook, four workers',
  stack: { mode: 'redis', workers: 4 },
  events: 50_000,
  rounds: 1,
  figures: {
    'snooze of without': { unit: 'ratio', target: 0.8 },
    'on_change of without': { unit: 'ratio' },
    'events, without': { unit: '/s' },
    'events, snooze': { unit: '/s' },
    'events, on_change': { unit: '/s' },
  },
  async prepare(bench) {
    const hook = await createMainHook(bench);
    await dispatchAll(bench, 10_000);
    await bench.publisher.deleteHook(hook);
  },
  async round(bench) {
    const perSecond = { without: 0, snooze: 0, on_change: 0 };
    for (const kind of ['without', 'snooze', 'on_change'] as const) {
      const hook = await createMainHook(bench, kinds[kind]);
      perSecond[kind] = (await dispatchAll(bench)).eventsPerSecond;
      await bench.publisher.deleteHook(hook);
    }
    return {
      'snooze of without': perSecond.snooze / perSecond.without,
      'on_change of without': perSecond.on_change / perSecond.without,
      'events, without': perSecond.without,
      'events, snooze': perSecond.snooze,
      'events, on_change': perSecond.on_change,
    };
  },
};
