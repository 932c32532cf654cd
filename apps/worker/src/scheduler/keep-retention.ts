import { setTimeout as sleep } from 'node:timers/promises';
import { type Archive, openArchive } from '@eventhooks/archive';
import type { ArchiveTarget } from '@eventhooks/config';
import {
  type Database,
  type Day,
  dropExpiredPartitions,
  forgetArchive,
  noteArchive,
  readArchiveState,
  readInstallation,
} from '@eventhooks/database';
import type { Logger, Metrics } from '@eventhooks/operations';
import { archiveDay, nameOfDay } from '../archive/archive-day.ts';

export interface RetentionOptions {
  database: Database;
  retentionMs: number;
  /** Null: days are kept nowhere else. */
  archiveTarget: ArchiveTarget | null;
  /** How long days wait for a failing archive before they are dropped unarchived. */
  archiveWaitMs: number;
  metrics: Metrics;
  logger: Logger;
}

const sweepEveryMs = 60_000;

/**
 * Drops what is past its retention, once it is in the archive where there is one, until `signal` is aborted. It runs
 * beside the leader's other work, because a day takes as long to archive as it is large.
 */
export async function keepRetention(options: RetentionOptions, signal: AbortSignal): Promise<void> {
  const { archiveTarget, metrics, logger } = options;
  const archive = archiveTarget && (await openArchive(archiveTarget));
  signal.addEventListener('abort', () => archive?.close(), { once: true });
  while (!signal.aborted) {
    await (archive === null ? dropOnly(options) : archiveAndDrop(options, archive)).catch((error: Error) => {
      // The end of the term makes work under way fail.
      if (!signal.aborted) logger.warn({ error: error.message }, 'scheduler.retention_failed');
    });
    await sleep(sweepEveryMs, undefined, { signal }).catch(() => undefined);
  }
  // The next leader shows it.
  metrics.archiveDaysWaiting.remove();
}

async function dropOnly(options: RetentionOptions): Promise<void> {
  await forgetArchive(options.database.pool);
  await dropExpired(options);
}

async function dropExpired(
  { database, retentionMs, logger }: RetentionOptions,
  isSaved?: (day: Day) => Promise<boolean>,
): Promise<void> {
  const dropped = await dropExpiredPartitions(database.pool, Date.now() - retentionMs, isSaved);
  if (dropped.length > 0) logger.info({ days: dropped }, 'retention.partitions_dropped');
}

/** The result of one look at all days. */
interface Sweep {
  lastDay: string | null;
  daysWaiting: number;
  /** The archive's first fault. It is left alone then until the next sweep. */
  error: Error | null;
}

async function archiveAndDrop(options: RetentionOptions, archive: Archive): Promise<void> {
  const { database, metrics, logger, archiveWaitMs } = options;
  const sweep: Sweep = { lastDay: null, daysWaiting: 0, error: null };
  const failingSince = (await readArchiveState(database))?.failing_since ?? null;
  const isGivenUp = failingSince !== null && Date.now() - failingSince.getTime() > archiveWaitMs;
  // Before any day is due, so that a bucket that is not there is reported at the start, and not a week later.
  await keepError(sweep, async () => archive.takeOwnership((await readInstallation(database.pool)).id));
  await dropExpired(options, async (day) => {
    // A later day holds attempts of the days before it: of retries, and of batches.
    const mayArchive = sweep.error === null && sweep.daysWaiting === 0;
    if (mayArchive && (await keepError(sweep, () => archiveDay({ database, archive }, day)))) {
      sweep.lastDay = nameOfDay(day);
      metrics.archivedDays.inc({ result: 'archived' });
      logger.info({ day: sweep.lastDay }, 'archive.day_archived');
      return true;
    }
    if (sweep.error !== null && isGivenUp) {
      metrics.archivedDays.inc({ result: 'lost' });
      logger.error({ day: nameOfDay(day), error: sweep.error.message }, 'archive.day_lost');
      return true;
    }
    sweep.daysWaiting += 1;
    return false;
  });
  if (archive.isClosed()) return;
  const { lastDay, daysWaiting, error } = sweep;
  metrics.archiveDaysWaiting.set(daysWaiting);
  if (error !== null)
    logger.warn({ error: `EVENTHOOKS_ARCHIVE: ${error.message}`, days: daysWaiting }, 'archive.failed');
  await noteArchive(database.pool, { lastDay, daysWaiting, error: error?.message ?? null });
}

async function keepError<T>(sweep: Sweep, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    sweep.error = error instanceof Error ? error : new Error(String(error));
    return null;
  }
}
