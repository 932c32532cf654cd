import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { nowMs } from './clock.ts';
import { runConcurrently } from './run-concurrently.ts';
import { event, makeEvent, source } from './sample-event.ts';

export interface Publisher {
  createHook(receiverUrl: string): Promise<void>;
  /** Publishes `events` events in requests of 100, eight at a time; resolves when all are accepted. */
  publishAll(events: number): Promise<void>;
  /** Publishes single events, evenly spaced whatever the answers take; resolves when all are accepted. */
  publishSteadily(events: number, perSecond: number): Promise<void>;
  close(): Promise<void>;
}

const batchSize = 100;
const concurrency = 8;

export function openPublisher(adminUrl: string, signal: AbortSignal): Publisher {
  const pool = new Pool(adminUrl, { connections: concurrency });

  const post = async (path: string, value: unknown): Promise<void> => {
    const { statusCode, body } = await pool.request({
      path,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    });
    if (statusCode >= 300) throw new Error(`POST ${path} answered ${statusCode}: ${await body.text()}`);
    await body.dump();
  };
  return {
    createHook: (url) => post('/event-hooks', { source, event, handler: 'webhook', config: { url } }),
    publishAll: (events) =>
      runConcurrently(Math.ceil(events / batchSize), concurrency, signal, async (batch) => {
        const size = Math.min(batchSize, events - batch * batchSize);
        await post(
          '/events',
          Array.from({ length: size }, (_, index) => makeEvent(batch * batchSize + index)),
        );
      }),
    async publishSteadily(events, perSecond) {
      const startedAtMs = nowMs();
      const requests: Promise<void>[] = [];
      for (let n = 0; n < events; n += 1) {
        const waitMs = startedAtMs + (n * 1_000) / perSecond - nowMs();
        if (waitMs > 0) await delay(waitMs, undefined, { signal });
        requests.push(post('/events', makeEvent(n)));
      }
      await Promise.all(requests);
    },
    close: () => pool.close(),
  };
}
