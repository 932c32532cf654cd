import type { EventQueue } from '../src/index.ts';

/** Enqueues a batch. On a loaded machine the answer may come after the deadline; the job is enqueued all the same. */
export async function enqueue(queue: EventQueue, batch: { id: string; events: number }): Promise<void> {
  await queue.enqueueBatches([batch]).catch((error: Error) => {
    if (error.name !== 'QueueUnreachableError') throw error;
  });
}
