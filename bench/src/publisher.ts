import { Pool } from 'undici';
import { runConcurrently, runSteadily } from './run-concurrently.ts';
import { makeEvent } from './sample-event.ts';

/** A client of the Admin API. */
export interface Publisher {
  /** @returns the hook's id */
  createHook(hook: Record<string, unknown>): Promise<string>;
  deleteHook(id: string): Promise<void>;
  /** Publishes `events` events, eight requests at a time; resolves when all are accepted. */
  publishAll(events: number): Promise<void>;
  /** Publishes `count` events, numbered from `first`, in one request. */
  publishRange(first: number, count: number): Promise<void>;
  /** Publishes events one by one, `concurrency` at a time. */
  publishSingly(events: number, concurrency: number): Promise<void>;
  /** Publishes single events, evenly spaced whatever the answers take; resolves when all are accepted. */
  publishSteadily(events: number, perSecond: number): Promise<void>;
  close(): Promise<void>;
}

export const batchSize = 100;
export const batchesAtOnce = 8;
const mostConnections = 256;

export function openPublisher(adminUrl: string, signal: AbortSignal): Publisher {
  const pool = new Pool(adminUrl, { connections: mostConnections });

  const send = async (method: 'POST' | 'DELETE', path: string, value?: unknown): Promise<string> => {
    const { statusCode, body } = await pool.request({
      path,
      method,
      headers: { 'content-type': 'application/json' },
      body: value === undefined ? null : JSON.stringify(value),
    });
    const text = await body.text();
    if (statusCode >= 300) throw new Error(`${method} ${path} answered ${statusCode}: ${text}`);
    return text;
  };
  const publishRange = async (first: number, count: number): Promise<void> => {
    const events = Array.from({ length: count }, (_, index) => makeEvent(first + index));
    await send('POST', '/events', events);
  };
  return {
    publishRange,
    async createHook(hook) {
      const made: { id: string } = JSON.parse(await send('POST', '/event-hooks', hook));
      return made.id;
    },
    async deleteHook(id) {
      await send('DELETE', `/event-hooks/${id}`);
    },
    publishAll: (events) =>
      runConcurrently(Math.ceil(events / batchSize), batchesAtOnce, signal, (batch) =>
        publishRange(batch * batchSize, Math.min(batchSize, events - batch * batchSize)),
      ),
    publishSingly: (events, concurrency) =>
      runConcurrently(events, concurrency, signal, async (n) => {
        await send('POST', '/events', makeEvent(n));
      }),
    publishSteadily: (events, perSecond) =>
      runSteadily(events, perSecond, signal, async (n) => {
        await send('POST', '/events', makeEvent(n));
      }),
    close: () => pool.close(),
  };
}
