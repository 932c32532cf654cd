import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Activity,
  type Database,
  type DeliveryRecord,
  isPermanentFailure,
  recordDeliveries,
} from '@eventhooks/database';

/** Writes records of deliveries to PostgreSQL. */
export interface RecordWriter {
  /**
   * Writes now, and again for as long as PostgreSQL is away: a missing row would have its delivery sent again. With
   * `batchId` the batch leaves the outbox in the same statement.
   *
   * @throws Error when PostgreSQL refuses the statement itself, or was away for ten minutes.
   */
  write(records: readonly DeliveryRecord[], batchId?: string): Promise<void>;
  /** Writes soon, together with others. Meant for attempts that ended outside their batch. */
  writeLater(record: DeliveryRecord): void;
  /** Calls `listener` with records once they are written. */
  onWritten(listener: (records: readonly DeliveryRecord[]) => void): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

export interface RecordWriterOptions {
  database: Database;
  activity: Pick<Activity, 'noteDeliveries'>;
  onError: (error: Error) => void;
  /** In ms, from any start. Tests hand in a clock of their own. */
  now?: () => number;
}

const gatherMs = 20;
const retryMs = 500;
const rowsPerStatement = 1_000;
/** The leases of the rows have run out long before. Keeping the rows for longer would only fill the memory. */
const giveUpAfterMs = 600_000;

export function createRecordWriter(options: RecordWriterOptions): RecordWriter {
  const { database, activity, onError, now = () => performance.now() } = options;
  let pending: DeliveryRecord[] = [];
  let flushing: Promise<void> | null = null;
  let closing = false;
  const listeners: ((records: readonly DeliveryRecord[]) => void)[] = [];

  const write = async (records: readonly DeliveryRecord[], batchId?: string): Promise<void> => {
    const startedAt = now();
    for (;;) {
      try {
        await recordDeliveries(database.pool, records, batchId ?? null);
        activity.noteDeliveries(records);
        for (const listen of listeners) listen(records);
        return;
      } catch (error) {
        onError(error instanceof Error ? error : new Error(String(error)));
        if (closing || isPermanentFailure(error) || now() - startedAt > giveUpAfterMs) throw error;
        await sleep(retryMs);
      }
    }
  };
  const flush = async (): Promise<void> => {
    while (pending.length > 0) {
      const page = pending.slice(0, countPage(pending));
      pending = pending.slice(page.length);
      await write(page).catch(() => undefined);
    }
  };
  const flushSoon = (): void => {
    flushing ??= sleep(gatherMs)
      .then(flush)
      .finally(() => {
        flushing = null;
        if (pending.length > 0) flushSoon();
      });
  };
  return {
    write,
    writeLater(record) {
      pending.push(record);
      flushSoon();
    },
    onWritten(listener) {
      listeners.push(listener);
    },
    async close() {
      closing = true;
      while (flushing) await flushing;
    },
  };
}

/** How many of the first records fill a statement: a batch has a row for each of its deliveries. */
function countPage(records: readonly DeliveryRecord[]): number {
  let rows = 0;
  const end = records.findIndex(({ members }) => {
    rows += members?.length ?? 1;
    return rows > rowsPerStatement;
  });
  return end === -1 ? records.length : Math.max(1, end);
}
