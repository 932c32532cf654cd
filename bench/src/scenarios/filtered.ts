import { createMainHook, deliver } from '../deliver.ts';
import { crowdSize, measureCrowd } from '../measure-crowd.ts';
import type { Scenario } from '../scenario.ts';

export const filtered: Scenario = {
  summary: `each event for ${crowdSize} hooks with filters of two comparisons, of which one is true; one worker`,
  stack: { mode: 'redis', workers: 1 },
  events: 5_000,
  rounds: 3,
  figures: {
    'CPU of the worker, an event and hook': { unit: 'µs', target: 3 },
    'of one hook alone': { unit: 'ratio' },
    delivered: { unit: '/s' },
    'delivered by one hook alone': { unit: '/s' },
  },
  async prepare(bench) {
    const hook = await createMainHook(bench, { filter: filterOf(0) });
    await deliver(bench, { events: 5_000 });
    await bench.publisher.deleteHook(hook);
  },
  round: (bench) => measureCrowd(bench, (index) => ({ filter: filterOf(index) })),
};

/** The first comparison is true of every event, so that no filter ends with it. */
function filterOf(index: number): string {
  return `data.operation == "create" && data.entity.type == ${index}`;
}
