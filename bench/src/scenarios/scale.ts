import { createMainHook, deliver, rateBetween } from '../deliver.ts';
import { mainGroup } from '../receivers/receiver.ts';
import type { Bench, Figures, Scenario } from '../scenario.ts';

const receiverMs = 50;
const workerCounts = [1, 2, 4] as const;
/** Attempts in flight in one worker. With 50 ms each, no worker can deliver more than 640 per second. */
const maxInFlight = 32;

export const scale: Scenario = {
  summary: `1, 2 and 4 workers, one hook whose receiver takes ${receiverMs} ms, ${maxInFlight} deliveries in flight a worker`,
  stack: { mode: 'redis', workers: 0 },
  events: 5_000,
  rounds: 1,
  figures: {
    'two workers of one': { unit: 'ratio', target: 1.8 },
    'four workers of one': { unit: 'ratio', target: 3 },
    ...Object.fromEntries(workerCounts.map((count) => [`delivered by ${count}`, { unit: '/s' as const }])),
  },
  async prepare(bench) {
    await createMainHook(bench, { max_in_flight: maxInFlight });
  },
  async round(bench) {
    const figures: Figures = {};
    for (const count of workerCounts) figures[`delivered by ${count}`] = await measure(bench, count);
    const one = figures['delivered by 1'] ?? 0;
    return {
      'two workers of one': (figures['delivered by 2'] ?? 0) / one,
      'four workers of one': (figures['delivered by 4'] ?? 0) / one,
      ...figures,
    };
  },
};

/** Rates between the first tenth and nine tenths: workers that have just started are not warm, and the last deliveries wait for each other. */
async function measure(bench: Bench, workers: number): Promise<number> {
  for (let worker = 1; worker <= workers; worker += 1) await bench.stack.startWorker();
  const events = bench.events * workers;
  const { report } = await deliver(bench, { events, phase: { [mainGroup]: { events, delayMs: receiverMs } } });
  await bench.stack.waitUntilDispatched(bench.signal);
  await bench.stack.stopWorkers();
  return rateBetween(report, events, 10, 90);
}
