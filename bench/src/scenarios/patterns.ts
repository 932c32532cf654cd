import { createMainHook, deliver } from '../deliver.ts';
import { crowdSize, measureCrowd } from '../measure-crowd.ts';
import type { Scenario } from '../scenario.ts';

export const patterns: Scenario = {
  summary: `each event for ${crowdSize} hooks with patterns of names, of which one fits; one worker`,
  stack: { mode: 'redis', workers: 1 },
  events: 20_000,
  rounds: 3,
  figures: {
    'CPU of the worker, an event and hook': { unit: 'µs', target: 0.5 },
    'of one hook alone': { unit: 'ratio' },
    delivered: { unit: '/s' },
    'delivered by one hook alone': { unit: '/s' },
  },
  async prepare(bench) {
    const hook = await createMainHook(bench);
    await deliver(bench, { events: 10_000 });
    await bench.publisher.deleteHook(hook);
  },
  round: (bench) =>
    measureCrowd(bench, (index) => ({
      event: undefined,
      events: index === 0 ? ['consumer*', '*:none'] : [`team-${index}.*`, `*:of-team-${index}`],
    })),
};
