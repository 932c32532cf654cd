import { createMainHook } from '../deliver.ts';
import { dispatchAll } from '../dispatch-all.ts';
import type { Bench, Scenario } from '../scenario.ts';

const functions = {
  lua: 'return function (data, event, source) return data.entity.username end',
  javascript: '(data, event, source) => data.entity.username',
} as const;

export const lambda: Scenario = {
  summary:
    'one-line lambdas in Lua and JavaScript, one worker; a core is a second of CPU of the worker and its runners',
  stack: { mode: 'redis', workers: 1 },
  events: 20_000,
  rounds: 3,
  figures: {
    'Lua runs, a worker core': { unit: '/s', target: 2_000 },
    'JavaScript runs, a worker core': { unit: '/s' },
    'Lua runs': { unit: '/s' },
    'JavaScript runs': { unit: '/s' },
  },
  async prepare(bench) {
    await measure(bench, 'lua', 5_000);
    await measure(bench, 'javascript', 5_000);
  },
  async round(bench) {
    const lua = await measure(bench, 'lua', bench.events);
    const javascript = await measure(bench, 'javascript', bench.events);
    return {
      'Lua runs, a worker core': 1e6 / lua.workerUs,
      'JavaScript runs, a worker core': 1e6 / javascript.workerUs,
      'Lua runs': lua.eventsPerSecond,
      'JavaScript runs': javascript.eventsPerSecond,
    };
  },
};

async function measure(bench: Bench, language: keyof typeof functions, events: number) {
  const config = { language, functions: [functions[language]] };
  const hook = await createMainHook(bench, { handler: 'lambda', config });
  const dispatched = await dispatchAll(bench, events);
  await bench.publisher.deleteHook(hook);
  return dispatched;
}
