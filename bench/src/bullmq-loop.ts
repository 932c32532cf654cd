import { Queue, Worker } from 'bullmq';
import { nowMs } from './clock.ts';
import type { Receiver } from './receiver.ts';
import { runConcurrently } from './run-concurrently.ts';
import { loopConcurrency, openPoster } from './undici-loop.ts';

const batchSize = 100;
const addsAtOnce = 8;

/**
 * One BullMQ job an event, added in bulks of 100, and one worker whose processor posts it: no database, no outcome kept.
 * @returns deliveries a second
 */
export async function measureBullmq(
  receiver: Receiver,
  redisUrl: string,
  events: number,
  signal: AbortSignal,
): Promise<number> {
  const connection = { url: redisUrl };
  const poster = openPoster(receiver);
  const queue = new Queue<{ n: number }>('bench', {
    connection,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  const worker = new Worker<{ n: number }>('bench', (job) => poster.post(job.data.n), {
    connection: { ...connection, maxRetriesPerRequest: null },
    concurrency: loopConcurrency,
  });
  try {
    queue.on('error', (error) => console.error(error.message));
    worker.on('error', (error) => console.error(error.message));
    await worker.waitUntilReady();
    await receiver.reset(events);
    const startedAtMs = nowMs();
    await runConcurrently(Math.ceil(events / batchSize), addsAtOnce, signal, async (batch) => {
      const size = Math.min(batchSize, events - batch * batchSize);
      const numbers = Array.from({ length: size }, (_, index) => batch * batchSize + index);
      await queue.addBulk(numbers.map((n) => ({ name: 'post', data: { n } })));
    });
    const { lastAtMs } = await receiver.waitFor(events);
    return events / ((lastAtMs - startedAtMs) / 1_000);
  } finally {
    await worker.close();
    await queue.close();
    await poster.close();
  }
}
