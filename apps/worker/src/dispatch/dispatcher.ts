import { messageOf } from '@eventhooks/contract';
import { claimDispatchBatches } from '@eventhooks/database';
import type { DispatchJob } from '@eventhooks/queue';
import { batchLeaseMs, type DispatchTools, dispatchBatch } from './dispatch.ts';
import { createRoom } from './room.ts';

/** Dispatches the batches of jobs, many at once. */
export interface Dispatcher {
  /**
   * Claims the batches of a job once there is room for them, and begins to dispatch them. Resolves then: PostgreSQL knows what is
   * claimed, and a job must not hold its place in the queue until its last attempt has ended.
   */
  take(job: DispatchJob): Promise<void>;
  /** Resolves when no batch is being dispatched any more. */
  whenIdle(): Promise<void>;
}

/** While this many events are in hand, no more batches are claimed. */
const mostInHand = 1_000;

export function createDispatcher(tools: DispatchTools): Dispatcher {
  const room = createRoom(mostInHand);
  const running = new Set<Promise<void>>();
  return {
    async take({ batchIds }) {
      await room.whenFree();
      for (const batch of await claimDispatchBatches(tools.database.pool, batchIds, batchLeaseMs)) {
        const leave = room.enter(batch.events.length);
        const work = dispatchBatch(batch, tools)
          .catch((error) => tools.logger.warn({ batch_id: batch.id, error: messageOf(error) }, 'batch.failed'))
          .finally(() => {
            running.delete(work);
            leave();
          });
        running.add(work);
      }
    },
    async whenIdle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
