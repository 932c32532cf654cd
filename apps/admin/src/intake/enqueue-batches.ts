import type { Logger } from '@eventhooks/operations';
import type { EventQueue, QueuedBatch } from '@eventhooks/queue';

export interface BatchEnqueuer {
  /** Enqueues a committed batch, at once or together with others. No request waits for it. */
  add(batch: QueuedBatch): void;
  /** Resolves when nothing is being enqueued any more. */
  close(): Promise<void>;
}

/**
 * Enqueues committed batches by one call at a time. What is committed meanwhile goes with the next call, in as few jobs as
 * hold it, so a slow queue gets fewer and fuller jobs. When the queue is away, the scheduler enqueues the batches later.
 */
export function createBatchEnqueuer({ queue, logger }: { queue: EventQueue; logger: Logger }): BatchEnqueuer {
  let pending: QueuedBatch[] = [];
  let enqueuing: Promise<void> | null = null;

  const enqueuePending = async (): Promise<void> => {
    while (pending.length > 0) {
      const batches = pending;
      pending = [];
      await queue.enqueueBatches(batches).catch((error: Error) => {
        logger.warn({ batches: batches.length, error: error.message }, 'intake.enqueue_failed');
      });
    }
    enqueuing = null;
  };
  return {
    add(batch) {
      pending.push(batch);
      enqueuing ??= enqueuePending();
    },
    async close() {
      await enqueuing;
    },
  };
}
