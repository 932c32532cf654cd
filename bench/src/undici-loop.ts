import { Pool } from 'undici';
import { nowMs } from './clock.ts';
import { readUsage } from './process-usage.ts';
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

export interface LoopResult {
  perSecond: number;
  /** Of the client and the receiver together. */
  cpuUsPerDelivery: number;
}

/** Posts `events` bodies to the receiver with nothing else around it: the most that this machine could deliver now. */
export async function measureUndici(receiver: Receiver, events: number, signal: AbortSignal): Promise<LoopResult> {
  const poster = openPoster(receiver);
  try {
    await receiver.reset(events);
    const cpuMsBefore = await readCpuMs(receiver);
    const startedAtMs = nowMs();
    await runConcurrently(events, loopConcurrency, signal, poster.post);
    const { lastAtMs } = await receiver.waitFor(events);
    return {
      perSecond: events / ((lastAtMs - startedAtMs) / 1_000),
      cpuUsPerDelivery: (((await readCpuMs(receiver)) - cpuMsBefore) * 1_000) / events,
    };
  } finally {
    await poster.close();
  }
}

async function readCpuMs({ pid }: Receiver): Promise<number> {
  const { user, system } = process.cpuUsage();
  const [usage] = await readUsage([pid]);
  return (user + system) / 1_000 + (usage?.cpuMs ?? 0);
}
