import { nowMs } from './clock.ts';
import { cpuUsPer } from './deliver.ts';
import type { Bench } from './scenario.ts';
import { startSampling } from './usage-sampler.ts';

export interface Dispatched {
  eventsPerSecond: number;
  /** CPU of the workers and their runners, in µs per event. */
  workerUs: number;
}

/** Publishes events and waits until all are dispatched and recorded, for deliveries that do not reach a receiver. */
export async function dispatchAll(bench: Bench, events = bench.events): Promise<Dispatched> {
  const sampler = await startSampling(bench.stack.pids());
  const startedAtMs = nowMs();
  try {
    await bench.publisher.publishAll(events);
    await bench.stack.waitUntilDispatched(bench.signal);
  } catch (error) {
    await sampler.stop();
    throw error;
  }
  const tookMs = nowMs() - startedAtMs;
  return { eventsPerSecond: (events * 1_000) / tookMs, workerUs: cpuUsPer(await sampler.stop(), 'worker', events) };
}
