import { messageOf } from '@eventhooks/contract';
import { type ClaimedBatch, claimDispatchBatches } from '@eventhooks/database';
import type { DispatchJob } from '@eventhooks/queue';
import { createGatherer } from '../statements/gatherer.ts';
import { batchLeaseMs, type DispatchTools, dispatchBatch } from './dispatch.ts';
import { createRoom } from './room.ts';

/** Dispatches the batches of jobs, many at once. */
export interface Dispatcher {
  /**
   * Claims the batches of a job once there is room for them, and begins to dispatch them. Resolves then: PostgreSQL
   * knows what is claimed, and a job must not hold its place in the queue until its last attempt has ended.
   */
  take(job: DispatchJob): Promise<void>;
  /** Resolves when no batch is being dispatched any more. */
  whenIdle(): Promise<void>;
}

/** No more batches are claimed while this many events are in hand. */
const mostInHand = 1_000;
/** Large data count as several events: one more for each time that they have this many characters. */
const charactersPerEvent = 16_384;
/** Claims under way at once: jobs that come meanwhile share the next one. */
const mostClaimsAtOnce = 1;
/** The most that jobs ask for together in one claim. */
const mostTogether = { events: 500, batches: 50 };
/** The events of a job of an earlier release, which does not say how many it carries: as many as the fullest has. */
const unknownEvents = 500;

export function createDispatcher(tools: DispatchTools): Dispatcher {
  const room = createRoom(mostInHand);
  const running = new Set<Promise<void>>();
  const claims = createGatherer({
    mostAtOnce: mostClaimsAtOnce,
    countTogether,
    run: (jobs: readonly DispatchJob[]) =>
      claimDispatchBatches(
        tools.database.pool,
        jobs.flatMap(({ batchIds }) => batchIds),
        batchLeaseMs,
      ).then(toMap),
  });
  const begin = (batch: ClaimedBatch): void => {
    const leave = room.enter(weigh(batch));
    const work = dispatchBatch(batch, tools)
      .catch((error) => tools.logger.warn({ batch_id: batch.id, error: messageOf(error) }, 'batch.failed'))
      .finally(() => {
        running.delete(work);
        leave();
      });
    running.add(work);
  };
  return {
    async take(job) {
      await room.whenFree();
      const leave = room.enter(job.events ?? unknownEvents);
      try {
        const claimed = await claims.add(job);
        for (const id of job.batchIds) {
          const batch = claimed.get(id);
          // Another job of the same claim may carry the same batch.
          claimed.delete(id);
          if (batch) begin(batch);
        }
      } finally {
        leave();
      }
    },
    async whenIdle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** How many of the first jobs share a claim. */
function countTogether(jobs: readonly DispatchJob[]): number {
  let events = 0;
  let batches = 0;
  const end = jobs.findIndex((job, index) => {
    events += job.events ?? unknownEvents;
    batches += job.batchIds.length;
    return index > 0 && (events > mostTogether.events || batches > mostTogether.batches);
  });
  return end === -1 ? jobs.length : end;
}

function weigh({ events }: ClaimedBatch): number {
  const characters = events.reduce((sum, { data }) => sum + data.length, 0);
  return events.length + Math.floor(characters / charactersPerEvent);
}

function toMap(batches: readonly ClaimedBatch[]): Map<string, ClaimedBatch> {
  return new Map(batches.map((batch) => [batch.id, batch]));
}
