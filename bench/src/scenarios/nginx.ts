import { createMainHook, signingConfig } from '../deliver.ts';
import { dispatchAll } from '../dispatch-all.ts';
import { measurePosts } from '../limits.ts';
import { startNginx } from '../receivers/nginx.ts';
import type { Scenario } from '../scenario.ts';

const rawPosts = 20_000;
let url = '';

export const nginx: Scenario = {
  summary: 'many events, one hook with a secret, nginx as receiver: a worker that was just started, and later',
  stack: { mode: 'redis', workers: 1 },
  events: 30_000,
  rounds: 3,
  figures: {
    'first events of raw undici': { unit: 'ratio', target: 0.25 },
    'later events of raw undici': { unit: 'ratio', target: 0.4 },
    'raw undici loop': { unit: '/s' },
    'first events': { unit: '/s' },
    'later events': { unit: '/s' },
    'CPU of the worker for a later delivery': { unit: 'µs' },
  },
  async prepare(bench) {
    url = await startNginx(bench.group, bench.dir);
    await createMainHook(bench, { config: signingConfig(url) });
    await measurePosts(url, rawPosts, bench.signal);
  },
  async round(bench) {
    await bench.stack.stopWorkers();
    await bench.stack.startWorker();
    const before = await measurePosts(url, rawPosts, bench.signal);
    const first = await dispatchAll(bench);
    const later = await dispatchAll(bench);
    const after = await measurePosts(url, rawPosts, bench.signal);
    return {
      'first events of raw undici': (2 * first.eventsPerSecond) / (before + after),
      'later events of raw undici': (2 * later.eventsPerSecond) / (before + after),
      'raw undici loop': (before + after) / 2,
      'first events': first.eventsPerSecond,
      'later events': later.eventsPerSecond,
      'CPU of the worker for a later delivery': later.workerUs,
    };
  },
};
