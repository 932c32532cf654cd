import {
  type Database,
  deleteExpiredPublisherIds,
  deleteExpiredReplays,
  deleteExpiredStats,
  dropExpiredPartitions,
  ensurePartitions,
} from '@eventhooks/database';
import type { Logger } from '@eventhooks/operations';
import type { EventQueue } from '@eventhooks/queue';

export interface KeepTablesOptions {
  database: Database;
  queue: EventQueue;
  retentionMs: number;
  logger: Logger;
}

/** Makes the partitions of the next days, drops what is past its retention, and mends the times of the queue. */
export async function keepTables({ database, queue, retentionMs, logger }: KeepTablesOptions): Promise<void> {
  await ensurePartitions(database.pool);
  const cutoffMs = Date.now() - retentionMs;
  const dropped = await dropExpiredPartitions(database.pool, cutoffMs);
  if (dropped.length > 0) logger.info({ days: dropped }, 'retention.partitions_dropped');
  await deleteExpiredPublisherIds(database.pool, cutoffMs);
  await deleteExpiredStats(database.pool, cutoffMs);
  await deleteExpiredReplays(database.pool, cutoffMs);
  // It comes last, so that a queue that is away does not keep partitions from being made.
  await queue.undoClockJumps();
}
