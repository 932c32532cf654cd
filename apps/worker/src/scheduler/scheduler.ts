import { setTimeout as sleep } from 'node:timers/promises';
import { endDraining, endFullBatches, mayAnythingBeDue, runAsLeader, type Term } from '@eventhooks/database';
import type { Metrics } from '@eventhooks/operations';
import type { EventQueue } from '@eventhooks/queue';
import { fullBatchBytes } from '../delivery/batch.ts';
import { endDueWindows } from './end-due-windows.ts';
import { createDueEnqueuer } from './enqueue-due.ts';
import { disableExpired, type ExpiryTools } from './expire-hooks.ts';
import type { BackfillTools } from './feed-backfill.ts';
import { createReplayFeeder } from './feed-replays.ts';
import { keepRetention, type RetentionOptions } from './keep-retention.ts';
import { keepTables } from './keep-tables.ts';
import { createLaneMender } from './mend-lanes.ts';

export interface SchedulerOptions extends BackfillTools, ExpiryTools, RetentionOptions {
  queue: EventQueue;
  metrics: Metrics;
}

export interface Scheduler {
  close(): Promise<void>;
}

const tickMs = 1_000;
/** Before the next tick while batches are due that the last one had no room for. */
const nextPageMs = 10;
const upkeepMs = 60_000;

/**
 * Runs the scheduler in one of all workers, the leader. About once a second it hands what is due to the queue. Two leaders
 * at once would do no harm, because row locks guard what is due.
 */
export function startScheduler(options: SchedulerOptions): Scheduler {
  const { database, metrics, logger } = options;
  const onError = (error: Error): void => logger.warn({ error: error.message }, 'scheduler.failed');
  metrics.schedulerActive.set(0);
  return runAsLeader({ pool: database.pool, onError }, async (term) => {
    metrics.schedulerActive.set(1);
    logger.info('scheduler.elected');
    await Promise.all([lead(options, term), keepRetention(options, term.signal)]).finally(() =>
      metrics.schedulerActive.set(0),
    );
  });
}

async function lead(options: SchedulerOptions, term: Term): Promise<void> {
  const { database, logger } = options;
  const due = createDueEnqueuer(options, tickMs / 2);
  const replays = createReplayFeeder(options, tickMs / 2);
  const lanes = createLaneMender(database);
  /** A part that fails is tried again with the next tick, and does not keep the others from their work. */
  const attempt = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
    if (term.isOver()) return undefined;
    return work().catch((error: Error) => {
      logger.warn({ error: error.message }, `scheduler.${name}_failed`);
      return undefined;
    });
  };
  /** Resolves to whether more is due than was enqueued. An idle installation leaves the queue alone. */
  const enqueue = async (): Promise<boolean> => (await mayAnythingBeDue(database.pool)) && due.enqueue();
  let upkeepAt = 0;
  while (!term.isOver()) {
    await attempt('expiry', () => disableExpired(options));
    await attempt('replays', () => replays.feed());
    await attempt('windows', () => endDueWindows(database));
    await attempt('batches', () => endFullBatches(database.pool, fullBatchBytes));
    await attempt('draining', () => endDraining(database.pool));
    const isMoreDue = await attempt('enqueue', enqueue);
    await attempt('lanes', () => lanes.mend());
    if (Date.now() >= upkeepAt) {
      // Behind a long query, such as a dump, upkeep has to wait until its statement is given up.
      await attempt('upkeep', () => keepTables(options));
      upkeepAt = Date.now() + upkeepMs;
    }
    await sleep(isMoreDue ? nextPageMs : tickMs, undefined, { signal: term.signal }).catch(() => undefined);
  }
}
