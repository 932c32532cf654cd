import { setTimeout as sleep } from 'node:timers/promises';
import { databaseConnection } from '@eventhooks/config';
import {
  countWorkers,
  type Database,
  deleteExpiredPublisherIds,
  deleteExpiredReplays,
  deleteExpiredStats,
  dropExpiredPartitions,
  ensurePartitions,
  listDueHooks,
  mayAnythingBeDue,
  returnDueBatches,
  takeDueBatches,
} from '@eventhooks/database';
import type { Logger, Metrics } from '@eventhooks/operations';
import type { EventQueue } from '@eventhooks/queue';
import pg from 'pg';
import { createReplayFeeder } from './feed-replays.ts';
import { dueCounted, packHooks } from './pack-hooks.ts';

export interface SchedulerOptions {
  databaseUrl: string;
  database: Database;
  queue: EventQueue;
  metrics: Metrics;
  logger: Logger;
  retentionMs: number;
}

export interface Scheduler {
  close(): Promise<void>;
}

const tickMs = 1_000;
/** How often a worker that is not the scheduler tries to become it. */
const candidacyMs = 2_000;
/** PostgreSQL ends the holder's session when it has not been heard of for this long, and so frees the lock of a stopped process. */
const silenceMs = 10_000;
const upkeepMs = 60_000;

/** Due batches offered at once, less the jobs that wait in the queue already. */
const batchPage = 500;
const fewBatches = 10;
/** What was offered is not offered again for this long. */
const batchAgainMs = 30_000;
/** Delivery jobs in the queue at once: the backlog stays in PostgreSQL. */
const jobsAhead = 50;
/**
 * Of a hook with a long line, for each worker. The queue does not say which worker takes a job, so that more than one is needed for
 * most to have one; a job that finds its hook's slots in use ends at once.
 */
const jobsPerWorker = 4;
/** Hooks that are looked at in one round; the next round goes on where this one ended. */
const hooksOfRound = 1_000;

/** Any constant that nothing else in the database uses. */
const schedulerLockKey = 7_306_411_956;

/**
 * Runs the scheduler in one of all workers: whoever holds an advisory lock hands what is due to the queue, about once
 * a second. Losing the lock's connection ends the term; two holders at once would do no harm, because what is due is
 * taken by row locks.
 */
export function startScheduler(options: SchedulerOptions): Scheduler {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await holdOffice(options, stopping.signal).catch((error: Error) => {
        if (!stopping.signal.aborted) options.logger.warn({ error: error.message }, 'scheduler.failed');
      });
      options.metrics.schedulerActive.set(0);
      await pause(candidacyMs, stopping.signal);
    }
  };
  const running = run();
  return {
    async close() {
      stopping.abort();
      await running;
    },
  };
}

async function holdOffice(options: SchedulerOptions, signal: AbortSignal): Promise<void> {
  const client = new pg.Client(
    databaseConnection(options.databaseUrl, {
      application_name: 'eventhooks-scheduler',
      query_timeout: silenceMs,
      idle_in_transaction_session_timeout: silenceMs,
    }),
  );
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`SET idle_session_timeout = ${silenceMs}`);
    while (!(await tryLock(client)) && !signal.aborted) await pause(candidacyMs, signal);
    if (signal.aborted) return;
    options.metrics.schedulerActive.set(1);
    options.logger.info('scheduler.elected');
    const lines = createLineRounds(options);
    const replays = createReplayFeeder(options.database, tickMs / 2);
    let upkeepAt = 0;
    while (!signal.aborted) {
      // Also tells PostgreSQL that the holder is alive, and fails when the lock's connection is gone.
      await replays
        .feed()
        .catch((error: Error) => options.logger.warn({ error: error.message }, 'scheduler.replays_failed'));
      const due = await mayAnythingBeDue(client);
      if (Date.now() >= upkeepAt) {
        await keepTables(options).catch((error: Error) => {
          // Behind a long query, such as a dump, it has to wait; deliveries do not.
          options.logger.warn({ error: error.message }, 'scheduler.upkeep_failed');
        });
        upkeepAt = Date.now() + upkeepMs;
      }
      const more = due && (await offerDueSafely(options, lines));
      await pause(more ? 10 : tickMs, signal);
    }
  } finally {
    await client.end();
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const result = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [schedulerLockKey]);
  return result.rows[0]?.held ?? false;
}

function offerDueSafely(options: SchedulerOptions, lines: LineRounds): Promise<boolean> {
  return offerDue(options, lines).catch((error: Error) => {
    options.logger.warn({ error: error.message }, 'scheduler.offer_failed');
    return false;
  });
}

/** Offers what is due, as far as the queue has room. Returns whether more batches may be due. */
async function offerDue({ database, queue, logger }: SchedulerOptions, lines: LineRounds): Promise<boolean> {
  await queue.ping();
  const { dispatch, delivery } = await queue.countJobs();
  // A long queue most likely holds these batches already. A few all the same, in case it never gets short.
  const limit = Math.max(fewBatches, batchPage - dispatch.waiting);
  const batches = await takeDueBatches(database.pool, limit, batchAgainMs);
  if (batches.length > 0) {
    await queue.enqueueBatches(batches).catch(async (error: Error) => {
      await returnDueBatches(
        database.pool,
        batches.map(({ id }) => id),
      );
      throw error;
    });
    logger.info({ batches: batches.length }, 'scheduler.batches_offered');
  }
  await lines.offer(jobsAhead - delivery.waiting);
  return batches.length === batchPage;
}

interface LineRounds {
  /** Offers hooks with due deliveries, in `room` jobs at most; not more often than each tick. */
  offer(room: number): Promise<void>;
}

/** Goes round the hooks, so that each has its turn however many there are and whatever stands in their lines. */
function createLineRounds({ database, queue }: Pick<SchedulerOptions, 'database' | 'queue'>): LineRounds {
  let after: string | null = null;
  let nextAt = 0;
  return {
    async offer(room) {
      if (room <= 0 || performance.now() < nextAt) return;
      nextAt = performance.now() + tickMs / 2;
      const due = await listDueHooks(database.pool, { after, hooks: hooksOfRound, countUpTo: dueCounted });
      const copies = jobsPerWorker * (await countWorkers(database.pool)) - 1;
      const { jobs, last } = packHooks(due, { room, copies });
      if (jobs.length > 0) await queue.enqueueBacklogs(jobs);
      // At the end of the line of hooks, begin anew.
      const isWhole = due.length < hooksOfRound && last === (due.at(-1)?.hookId ?? null);
      after = isWhole ? null : last;
    },
  };
}

/** Makes the next days' partitions, drops those past retention, forgets old publisher's ids, and rights the queue's times. */
async function keepTables({ database, queue, retentionMs, logger }: SchedulerOptions): Promise<void> {
  await ensurePartitions(database.pool);
  const cutoffMs = Date.now() - retentionMs;
  const dropped = await dropExpiredPartitions(database.pool, cutoffMs);
  if (dropped.length > 0) logger.info({ days: dropped }, 'retention.partitions_dropped');
  await deleteExpiredPublisherIds(database.pool, cutoffMs);
  await deleteExpiredStats(database.pool, cutoffMs);
  await deleteExpiredReplays(database.pool, cutoffMs);
  // Last: partitions are not to wait for the queue.
  await queue.undoClockJumps();
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
