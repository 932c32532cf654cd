import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from './clock.ts';

/** Calls `work` with 0 to `count` - 1, `concurrency` at a time, until all are done or the signal says to stop. */
export async function runConcurrently(
  count: number,
  concurrency: number,
  signal: AbortSignal,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const runOne = async (): Promise<void> => {
    while (next < count) {
      signal.throwIfAborted();
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, runOne));
}

/** Calls `work` with 0 to `count` - 1, evenly spaced whatever each call takes, and waits for all. */
export async function runSteadily(
  count: number,
  perSecond: number,
  signal: AbortSignal,
  work: (index: number) => Promise<void>,
): Promise<void> {
  const startedAtMs = nowMs();
  const running = new Set<Promise<void>>();
  for (let index = 0; index < count; index += 1) {
    const waitMs = startedAtMs + (index * 1_000) / perSecond - nowMs();
    if (waitMs > 0) await delay(waitMs, undefined, { signal });
    const one = work(index).finally(() => running.delete(one));
    running.add(one);
  }
  await Promise.all(running);
}
