import {
  type Database,
  deleteExpiredPublisherIds,
  deleteExpiredReplays,
  deleteExpiredStats,
  ensurePartitions,
} from '@eventhooks/database';
import type { EventQueue } from '@eventhooks/queue';

export interface KeepTablesOptions {
  database: Database;
  queue: EventQueue;
  retentionMs: number;
}

/** Makes the partitions of the next days, deletes small rows past their retention, and mends the times of the queue. */
export async function keepTables({ database, queue, retentionMs }: KeepTablesOptions): Promise<void> {
  await ensurePartitions(database.pool);
  const cutoffMs = Date.now() - retentionMs;
  await deleteExpiredPublisherIds(database.pool, cutoffMs);
  await deleteExpiredStats(database.pool, cutoffMs);
  await deleteExpiredReplays(database.pool, cutoffMs);
  // It comes last, so that a queue that is away does not keep partitions from being made.
  await queue.undoClockJumps();
}
