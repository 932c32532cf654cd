import type { Logger } from '@eventhooks/operations';
import type { EventQueue, QueuedBatch } from '@eventhooks/queue';

export interface BatchOffers {
  /** Offers a committed batch to the workers, now or with the next offer. Nobody waits for it. */
  add(batch: QueuedBatch): void;
  /** Resolves when no offer is under way any more. */
  close(): Promise<void>;
}

/**
 * Offers committed batches, one offer at a time: what is committed while one is under way goes with the next, in as few
 * jobs as it fits. So a slow queue gets fewer and fuller jobs. Should it be away, the scheduler offers the batches later.
 */
export function createBatchOffers({ queue, logger }: { queue: EventQueue; logger: Logger }): BatchOffers {
  let pending: QueuedBatch[] = [];
  let offering: Promise<void> | null = null;

  const offerPending = async (): Promise<void> => {
    while (pending.length > 0) {
      const batches = pending;
      pending = [];
      await queue.enqueueBatches(batches).catch((error: Error) => {
        logger.warn({ batches: batches.length, error: error.message }, 'intake.offer_failed');
      });
    }
    offering = null;
  };
  return {
    add(batch) {
      pending.push(batch);
      offering ??= offerPending();
    },
    async close() {
      await offering;
    },
  };
}
