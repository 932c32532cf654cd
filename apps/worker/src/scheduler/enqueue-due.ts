import { countWorkers, type Database, listDueHooks, returnDueBatches, takeDueBatches } from '@eventhooks/database';
import type { Logger } from '@eventhooks/operations';
import type { EventQueue } from '@eventhooks/queue';
import { dueCounted, packHooks } from './pack-hooks.ts';

export interface DueEnqueuer {
  /** Enqueues what is due, as far as the queue has room. Resolves to whether more batches may be due. */
  enqueue(): Promise<boolean>;
}

/** Due batches that are enqueued together, less the jobs that wait in the queue already. */
const mostBatches = 500;
/** Batches that are enqueued however long the queue is. */
const fewestBatches = 10;
/** A batch that was enqueued is not due again for this long. */
const batchAgainMs = 30_000;
/** Delivery jobs that wait in the queue. The backlog itself stays in PostgreSQL. */
const mostDeliveryJobs = 50;
/**
 * Jobs per worker for a hook with a long backlog. The queue does not say which worker takes a job, so it takes more than one
 * for most workers to get one. A job that finds the permits of its hook in use ends at once.
 */
const jobsPerWorker = 4;
/** Hooks that are read together. The next read goes on after the last hook that was enqueued. */
const hooksPerPage = 1_000;

/** @param everyMs backlogs are enqueued at most once in this time. */
export function createDueEnqueuer(
  { database, queue, logger }: { database: Database; queue: EventQueue; logger: Logger },
  everyMs: number,
): DueEnqueuer {
  const { pool } = database;
  /** Hooks up to this one had their deliveries enqueued last. Each hook comes in its order, however many there are. */
  let after: string | null = null;
  let backlogsAt = 0;

  const enqueueBatches = async (jobsWaiting: number): Promise<number> => {
    // A long queue most likely holds these batches already. A few go in all the same, in case it never gets short.
    const limit = Math.max(fewestBatches, mostBatches - jobsWaiting);
    const batches = await takeDueBatches(pool, limit, batchAgainMs);
    if (batches.length === 0) return 0;
    await queue.enqueueBatches(batches).catch(async (error: Error) => {
      const ids = batches.map(({ id }) => id);
      await returnDueBatches(pool, ids);
      throw error;
    });
    logger.info({ batches: batches.length }, 'scheduler.batches_enqueued');
    return batches.length;
  };
  const enqueueBacklogs = async (room: number): Promise<void> => {
    if (room <= 0 || performance.now() < backlogsAt) return;
    backlogsAt = performance.now() + everyMs;
    const due = await listDueHooks(pool, { after, hooks: hooksPerPage, countUpTo: dueCounted });
    const copies = jobsPerWorker * (await countWorkers(pool)) - 1;
    const { jobs, last } = packHooks(due, { room, copies });
    if (jobs.length > 0) await queue.enqueueBacklogs(jobs);
    const isLastPage = due.length < hooksPerPage && last === (due.at(-1)?.hookId ?? null);
    after = isLastPage ? null : last;
  };
  return {
    async enqueue() {
      await queue.ping();
      const { dispatch, delivery } = await queue.countJobs();
      const batches = await enqueueBatches(dispatch.waiting);
      await enqueueBacklogs(mostDeliveryJobs - delivery.waiting);
      return batches === mostBatches;
    },
  };
}
