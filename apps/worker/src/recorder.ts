import { setTimeout as sleep } from 'node:timers/promises';
import { type Activity, type Database, type DeliveryRecord, recordDeliveries } from '@eventhooks/database';

export interface Recorder {
  /** Records now, as often as it takes while PostgreSQL is away: what was sent must not be sent again for want of a row. */
  record(records: readonly DeliveryRecord[], batchId?: string): Promise<void>;
  /** Records soon, with others: for attempts that ended outside their batch. */
  recordLater(record: DeliveryRecord): void;
  /** Records what is left. */
  close(): Promise<void>;
}

const gatherMs = 20;
const retryMs = 500;
/** Rows of one statement. */
const pageSize = 1_000;
/** Past this the rows' leases have run out long ago, and keeping them would only fill memory. */
const giveUpMs = 600_000;

export function createRecorder(database: Database, activity: Activity, onError: (error: Error) => void): Recorder {
  let pending: DeliveryRecord[] = [];
  let flushing: Promise<void> | null = null;
  let closing = false;

  const record = async (records: readonly DeliveryRecord[], batchId?: string): Promise<void> => {
    const startedAt = performance.now();
    for (;;) {
      try {
        await recordDeliveries(database.pool, records, batchId ?? null);
        activity.noteDeliveries(records);
        return;
      } catch (error) {
        onError(error instanceof Error ? error : new Error(String(error)));
        if (closing || isPermanent(error) || performance.now() - startedAt > giveUpMs) throw error;
        await sleep(retryMs);
      }
    }
  };
  const flush = async (): Promise<void> => {
    while (pending.length > 0) {
      const page = pending.slice(0, pageSize);
      pending = pending.slice(pageSize);
      await record(page).catch(() => undefined);
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
    record,
    recordLater(item) {
      pending.push(item);
      flushSoon();
    },
    async close() {
      closing = true;
      while (flushing) await flushing;
    },
  };
}

/** SQLSTATE classes 22, 23 and 42: the statement itself is refused, and would be for ever. */
function isPermanent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(22|23|42)/.test(code);
}
