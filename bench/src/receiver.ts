import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { checkAnswers, findFreePort, type ProcessGroup } from './processes.ts';

export interface Latency {
  p50: number;
  p95: number;
  p99: number;
}

/** What arrived since the last reset. */
export interface Received {
  distinct: number;
  /** Arrivals of an event that had arrived before. */
  repeats: number;
  /** By the machine's monotonic clock. */
  lastAtMs: number;
  /** From `data.at` to the arrival of the whole request. */
  latencyMs: Latency;
}

export interface Receiver {
  url: string;
  pid: number;
  /** Forgets everything, and expects events numbered from 0 to `events` - 1. */
  reset(events: number): Promise<void>;
  /** Waits until `events` different ones arrived. */
  waitFor(events: number): Promise<Received>;
}

const pollMs = 50;

/** Starts a server in a process of its own that answers every POST with 200 and counts it. */
export async function startReceiver(group: ProcessGroup, signal: AbortSignal): Promise<Receiver> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const file = new URL('receiver-main.ts', import.meta.url).pathname;
  const pid = await group.start({
    name: 'receiver',
    file: process.execPath,
    args: [file, String(port)],
    checkReady: () => checkAnswers(`${url}/stats`),
  });
  return {
    url: `${url}/`,
    pid,
    async reset(events) {
      await checkAnswers(`${url}/reset?events=${events}`);
    },
    async waitFor(events) {
      for (;;) {
        const { body } = await request(`${url}/stats`);
        const received = (await body.json()) as Received; // Of our own process.
        if (received.distinct >= events) return received;
        if (signal.aborted) throw new Error(`${signal.reason}: ${received.distinct} of ${events} events arrived`);
        await delay(pollMs);
      }
    },
  };
}
