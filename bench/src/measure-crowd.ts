import { cpuUsPer, createMainHook, deliver } from './deliver.ts';
import { runConcurrently } from './run-concurrently.ts';
import type { Bench, Figures } from './scenario.ts';

export const crowdSize = 1_000;
const madeAtOnce = 8;
const warmUpEvents = 500;

/**
 * Delivers the events by one hook, and again by a crowd of hooks of which the first alone hears of them.
 *
 * @param settingsOf the fields of a hook of the crowd by its number; 0 hears of every event.
 */
export async function measureCrowd(
  bench: Bench,
  settingsOf: (index: number) => Record<string, unknown>,
): Promise<Figures> {
  const single = await createMainHook(bench);
  const one = await deliver(bench);
  await bench.publisher.deleteHook(single);
  const crowd: string[] = [];
  await runConcurrently(crowdSize, madeAtOnce, bench.signal, async (index) => {
    crowd.push(await createMainHook(bench, settingsOf(index)));
  });
  // A worker compiles each filter once, when the first event comes.
  await deliver(bench, { events: warmUpEvents });
  const all = await deliver(bench);
  await runConcurrently(crowdSize, madeAtOnce, bench.signal, async (index) => {
    await bench.publisher.deleteHook(crowd[index] ?? '');
  });
  const workerUs = (usage: typeof one.usage): number => cpuUsPer(usage, 'worker', bench.events);
  return {
    'CPU of the worker, an event and hook': (workerUs(all.usage) - workerUs(one.usage)) / crowdSize,
    'of one hook alone': all.deliveredPerSecond / one.deliveredPerSecond,
    delivered: all.deliveredPerSecond,
    'delivered by one hook alone': one.deliveredPerSecond,
  };
}
