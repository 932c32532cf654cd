import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../clock.ts';
import { measureUndici } from '../limits.ts';
import { type GroupReport, mainGroup, type Receiver } from '../receivers/receiver.ts';
import { runConcurrently, runSteadily } from '../run-concurrently.ts';
import { makeData } from '../sample-event.ts';
import type { Figures } from '../scenario.ts';
import { type Dispatcher, RefusedError } from './dispatcher.ts';

const publishersAtOnce = 64;
const steadyPerSecond = 50;
const steadyEvents = 500;
/** Waits before an event that was refused is published again. */
const retriesMs = [50, 200, 1_000, 5_000];

/** Publishes to a dispatcher and counts at its receiver. */
export interface Comparison {
  /** Publishes `count` events by many publishers at once, and waits until all have arrived. */
  deliverAll(count: number): Promise<{ publishedMs: number; deliveredMs: number; report: GroupReport }>;
  /** The figures of one round. */
  round(events: number): Promise<Figures>;
  /** Answers so far that were no 2xx. Their events were published again. */
  refused(): number;
}

export function createComparison(dispatcher: Dispatcher, receiver: Receiver, signal: AbortSignal): Comparison {
  let refused = 0;
  // No number is used twice, so that a late repeat does not count for a later phase.
  let next = 0;

  const publish = async (n: number): Promise<void> => {
    for (const retryMs of retriesMs) {
      try {
        return await dispatcher.publish(makeData(n));
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        refused += 1;
        await delay(retryMs, undefined, { signal });
      }
    }
    await dispatcher.publish(makeData(n));
  };
  const startPhase = async (events: number): Promise<number> => {
    const first = next;
    next += events;
    await receiver.expect({ [mainGroup]: { events, first } });
    return first;
  };
  const deliverAll: Comparison['deliverAll'] = async (count) => {
    const first = await startPhase(count);
    const startedAtMs = nowMs();
    await runConcurrently(count, publishersAtOnce, signal, (index) => publish(first + index));
    const publishedMs = nowMs() - startedAtMs;
    const report = await receiver.waitFor(mainGroup);
    return { publishedMs, deliveredMs: report.lastAtMs - startedAtMs, report };
  };
  return {
    deliverAll,
    async round(events) {
      const raw = await measureUndici(receiver, events, signal);
      const { publishedMs, deliveredMs, report } = await deliverAll(events);
      const first = await startPhase(steadyEvents);
      await runSteadily(steadyEvents, steadyPerSecond, signal, (index) => publish(first + index));
      const steady = await receiver.waitFor(mainGroup);
      return {
        'raw undici loop, /s': raw,
        'published, /s': (events * 1_000) / publishedMs,
        'delivered, /s': (events * 1_000) / deliveredMs,
        'delivered of raw undici': (events * 1_000) / deliveredMs / raw,
        repeats: report.repeats + steady.repeats,
        [`p50 at ${steadyPerSecond}/s, ms`]: steady.latencyMs.p50,
        [`p99 at ${steadyPerSecond}/s, ms`]: steady.latencyMs.p99,
      };
    },
    refused: () => refused,
  };
}
