import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Activity,
  type Database,
  type DeliveryRecord,
  isPermanentFailure,
  type KeptAttempts,
  recordDeliveries,
} from '@eventhooks/database';
import { createGatherer } from '../statements/gatherer.ts';

/** Conditions and side effects of a write. */
export interface WriteOptions {
  /** A batch that is done. It leaves the outbox in the same statement. */
  batchId?: string;
  /** Whether a crash of PostgreSQL must not lose the records; see `recordDeliveries`. */
  isDurable?: boolean;
}

/** Writes records of deliveries to PostgreSQL. What is to be written while statements are under way goes together in the next one. */
export interface RecordWriter {
  /**
   * Writes now, and again for as long as PostgreSQL is away: a missing row would have its delivery sent again.
   *
   * @throws Error when PostgreSQL refuses the statement itself, or was away for ten minutes.
   */
  write(records: readonly DeliveryRecord[], options?: WriteOptions): Promise<void>;
  /** Writes soon, together with others. Meant for attempts that ended outside their batch. */
  writeLater(record: DeliveryRecord): void;
  /** Calls `listener` with records once they are written. */
  onWritten(listener: (records: readonly DeliveryRecord[]) => void): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

/** Records that one caller wants written together. */
interface Write extends WriteOptions {
  readonly records: readonly DeliveryRecord[];
}

export interface RecordWriterOptions {
  database: Database;
  activity: Pick<Activity, 'noteDeliveries'>;
  /** The attempts whose records are kept; all unless it says otherwise. */
  keep?: KeptAttempts;
  onError: (error: Error) => void;
  /** In ms, from any start. Tests hand in a clock of their own. */
  now?: () => number;
}

/** Statements under way at once. */
const mostAtOnce = 2;
const rowsPerStatement = 1_000;
const gatherMs = 20;
const retryMs = 500;
/** The leases of the rows have run out long before. Keeping the rows for longer would only fill the memory. */
const giveUpAfterMs = 600_000;

export function createRecordWriter(options: RecordWriterOptions): RecordWriter {
  const { database, activity, keep = 'full', onError, now = () => performance.now() } = options;
  let pending: DeliveryRecord[] = [];
  let flushing: Promise<void> | null = null;
  let closing = false;
  const listeners: ((records: readonly DeliveryRecord[]) => void)[] = [];

  const run = async (writes: readonly Write[]): Promise<void> => {
    const records = writes.flatMap((write) => write.records);
    const batchIds = writes.flatMap(({ batchId }) => batchId ?? []);
    const isDurable = writes.some((write) => write.isDurable);
    const startedAt = now();
    for (;;) {
      try {
        await recordDeliveries(database.pool, records, { batchIds, isDurable, keep });
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
  const gatherer = createGatherer({ mostAtOnce, countTogether, run });
  const write = async (records: readonly DeliveryRecord[], options: WriteOptions = {}): Promise<void> => {
    if (records.length > 0 || options.batchId !== undefined) await gatherer.add({ records, ...options });
  };
  const flush = async (): Promise<void> => {
    const late = pending;
    pending = [];
    await Promise.allSettled(late.map((record) => write([record])));
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

/** How many of the first writes go together: a statement has a bounded number of rows, and each delivery in one of them. */
function countTogether(writes: readonly Write[]): number {
  const ids = new Set<string>();
  for (const [index, { records }] of writes.entries()) {
    const rows = records.flatMap(({ id, members }) => members?.map((member) => member.id) ?? id);
    if (index > 0 && (ids.size + rows.length > rowsPerStatement || rows.some((id) => ids.has(id)))) return index;
    for (const id of rows) ids.add(id);
  }
  return writes.length;
}
