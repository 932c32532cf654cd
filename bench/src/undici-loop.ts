import { Pool } from 'undici';
import { nowMs } from './clock.ts';
import type { Receiver } from './receiver.ts';
import { runConcurrently } from './run-concurrently.ts';
import { makeDeliveredBody } from './sample-event.ts';

export const loopConcurrency = 64;

/** A client that only posts: one call is one delivery. */
export interface Poster {
  post(n: number): Promise<void>;
  close(): Promise<void>;
}

export function openPoster(receiver: Receiver): Poster {
  const url = new URL(receiver.url);
  const pool = new Pool(url.origin, { connections: loopConcurrency });
  return {
    async post(n) {
      const { body } = await pool.request({
        path: url.pathname,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: makeDeliveredBody(n),
      });
      await body.dump();
    },
    close: () => pool.close(),
  };
}

/** Posts `events` bodies to the receiver with nothing else around it: the most that this machine could deliver. @returns deliveries a second */
export async function measureUndici(receiver: Receiver, events: number, signal: AbortSignal): Promise<number> {
  const poster = openPoster(receiver);
  try {
    await receiver.reset(events);
    const startedAtMs = nowMs();
    await runConcurrently(events, loopConcurrency, signal, poster.post);
    const { lastAtMs } = await receiver.waitFor(events);
    return events / ((lastAtMs - startedAtMs) / 1_000);
  } finally {
    await poster.close();
  }
}
