import { createMainHook, deliver } from '../deliver.ts';
import { mainGroup } from '../receivers/receiver.ts';
import type { Bench, Scenario } from '../scenario.ts';

export const templated: Scenario = {
  summary: 'webhook-custom with a templated JSON payload, beside plain webhook deliveries',
  stack: { mode: 'redis', workers: 1 },
  events: 20_000,
  rounds: 3,
  figures: {
    'templated of plain': { unit: 'ratio', target: 0.6 },
    'plain webhook': { unit: '/s' },
    'templated webhook': { unit: '/s' },
  },
  async prepare(bench) {
    await measure(bench, () => createMainHook(bench), 10_000);
    await measure(bench, () => createTemplatedHook(bench), 10_000);
  },
  async round(bench) {
    const plain = await measure(bench, () => createMainHook(bench), bench.events);
    const rendered = await measure(bench, () => createTemplatedHook(bench), bench.events);
    return { 'templated of plain': rendered / plain, 'plain webhook': plain, 'templated webhook': rendered };
  },
};

async function measure(bench: Bench, createHook: () => Promise<string>, events: number): Promise<number> {
  const hook = await createHook();
  const { deliveredPerSecond } = await deliver(bench, { events });
  await bench.stack.waitUntilDispatched(bench.signal);
  await bench.publisher.deleteHook(hook);
  return deliveredPerSecond;
}

/** A JSON payload whose fields are templates, as Kong's documents show it. `n` and `at` are what the receiver counts by. */
function createTemplatedHook(bench: Bench): Promise<string> {
  return createMainHook(bench, {
    handler: 'webhook-custom',
    config: {
      url: bench.receiver.urlOf(mainGroup),
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      payload: {
        text: 'Consumer `{{ entity.username }}` was {{ operation }}d, tags: {{ entity.tags[0] }}',
        n: '{{ n }}',
        at: '{{ at }}',
      },
    },
  });
}
