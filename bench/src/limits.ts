import { Queue, Worker } from 'bullmq';
import { Pool } from 'undici';
import { nowMs } from './clock.ts';
import { type Latency, mainGroup, type Receiver } from './receivers/receiver.ts';
import { runConcurrently, runSteadily } from './run-concurrently.ts';
import { deliveredHeaders, makeDeliveredBody } from './sample-event.ts';

const concurrency = 64;
const bullmqBatch = 100;
const addsAtOnce = 8;

/** A client that only posts: one call is one delivery. */
interface Poster {
  post(n: number): Promise<void>;
  close(): Promise<void>;
}

function openPoster(url: string): Poster {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: concurrency });
  return {
    async post(n) {
      const { body } = await pool.request({
        path: pathname,
        method: 'POST',
        headers: deliveredHeaders,
        body: makeDeliveredBody(n),
      });
      await body.dump();
    },
    close: () => pool.close(),
  };
}

/**
 * Posts `events` bodies to the receiver with nothing else around it: the most that this machine could deliver now.
 *
 * @returns deliveries per second
 */
export async function measureUndici(receiver: Receiver, events: number, signal: AbortSignal): Promise<number> {
  const poster = openPoster(receiver.localUrl);
  try {
    await receiver.expect({ [mainGroup]: { events } });
    const startedAtMs = nowMs();
    await runConcurrently(events, concurrency, signal, poster.post);
    const { lastAtMs } = await receiver.waitFor(mainGroup);
    return (events * 1_000) / (lastAtMs - startedAtMs);
  } finally {
    await poster.close();
  }
}

/** The same to a server that answers anything and counts nothing. */
export async function measurePosts(url: string, events: number, signal: AbortSignal): Promise<number> {
  const poster = openPoster(url);
  try {
    const startedAtMs = nowMs();
    await runConcurrently(events, concurrency, signal, poster.post);
    return (events * 1_000) / (nowMs() - startedAtMs);
  } finally {
    await poster.close();
  }
}

/** The latency of posts at a steady rate with nothing in between: the receiver's own, and this process's. */
export async function measureSteadily(
  receiver: Receiver,
  events: number,
  perSecond: number,
  signal: AbortSignal,
): Promise<Latency> {
  const poster = openPoster(receiver.localUrl);
  try {
    await receiver.expect({ [mainGroup]: { events } });
    await runSteadily(events, perSecond, signal, poster.post);
    return (await receiver.waitFor(mainGroup)).latencyMs;
  } finally {
    await poster.close();
  }
}

/**
 * One BullMQ job per event, added in bulks of 100, and one worker whose processor posts it: no database, no outcome kept.
 *
 * @returns deliveries per second
 */
export async function measureBullmq(
  receiver: Receiver,
  redisUrl: string,
  events: number,
  signal: AbortSignal,
): Promise<number> {
  const connection = { url: redisUrl };
  const poster = openPoster(receiver.localUrl);
  const queue = new Queue<{ n: number }>('bench', {
    connection,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  const worker = new Worker<{ n: number }>('bench', (job) => poster.post(job.data.n), {
    connection: { ...connection, maxRetriesPerRequest: null },
    concurrency,
  });
  try {
    queue.on('error', (error) => console.error(error.message));
    worker.on('error', (error) => console.error(error.message));
    await worker.waitUntilReady();
    await receiver.expect({ [mainGroup]: { events } });
    const startedAtMs = nowMs();
    await runConcurrently(Math.ceil(events / bullmqBatch), addsAtOnce, signal, async (batch) => {
      const size = Math.min(bullmqBatch, events - batch * bullmqBatch);
      const numbers = Array.from({ length: size }, (_, index) => batch * bullmqBatch + index);
      await queue.addBulk(numbers.map((n) => ({ name: 'post', data: { n } })));
    });
    const { lastAtMs } = await receiver.waitFor(mainGroup);
    return (events * 1_000) / (lastAtMs - startedAtMs);
  } finally {
    await worker.close();
    await queue.close();
    await poster.close();
  }
}
