import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { connectDatabase, type Database } from './connect.ts';
import { isPermanentFailure } from './errors.ts';

/** Where reads go that may be a few seconds old. */
export interface Reads {
  /**
   * Reads on the replica while it is near enough to the primary. Otherwise, and when that fails or takes until the replica is found
   * to be away, on the primary: `read` may run twice.
   */
  run<T>(read: (pool: pg.Pool) => Promise<T>): Promise<T>;
  /** Whether reads go to the replica now. */
  usesReplica(): boolean;
  close(): Promise<void>;
}

export interface ReplicaOptions {
  primary: Database;
  /** Null: every read goes to the primary. */
  url: string | null;
  /** A replica that lags by more is left alone. */
  maxLagMs: number;
  applicationName: string;
  maxConnections: number;
  /** Called when reads begin to use the replica, or cease to, with the reason for that. */
  onChange: (isUsed: boolean, reason: string | null) => void;
}

const lookEveryMs = 1_000;
/** A look that takes longer finds the replica away. */
const lookDeadlineMs = 2_000;

/** Connects when it is first used. Reads go to the primary until the replica was looked at. */
export function openReads(options: ReplicaOptions): Reads {
  const { primary, url } = options;
  if (url === null)
    return { run: (read) => read(primary.pool), usesReplica: () => false, close: async () => undefined };
  const { applicationName, maxConnections } = options;
  const replica = connectDatabase(url, { applicationName, maxConnections, isReplica: true });
  const use = createUse(options.onChange);
  const closing = new AbortController();
  const watching = watch(options, replica, use, closing.signal);
  return {
    async run(read) {
      const lost = use.untilLost();
      if (lost === null) return read(primary.pool);
      try {
        return await Promise.race([read(replica.pool), lost]);
      } catch (error) {
        if (isPermanentFailure(error)) throw error;
        return read(primary.pool);
      }
    },
    usesReplica: () => use.untilLost() !== null,
    async close() {
      closing.abort();
      await watching;
      await replica.close();
    },
  };
}

interface Use {
  set(fault: string | null): void;
  /** Rejects when the replica is not to be used any more; null when it is not now. */
  untilLost(): Promise<never> | null;
}

function createUse(onChange: ReplicaOptions['onChange']): Use {
  let current: PromiseWithResolvers<never> | null = null;
  let reason: string | null = null;
  return {
    set(fault) {
      if (fault === null && current === null) {
        current = Promise.withResolvers<never>();
        // A loss while nobody reads is no error.
        current.promise.catch(() => undefined);
        onChange(true, null);
      } else if (fault !== null && (current !== null || fault !== reason)) {
        current?.reject(new Error(fault));
        current = null;
        onChange(false, fault);
      }
      reason = fault;
    },
    untilLost: () => current?.promise ?? null,
  };
}

/** A place in the WAL of the primary, and when it was there. */
interface Mark {
  atMs: number;
  lsn: string;
}

/**
 * Compares the places in the WAL once a second. The time of the last replayed transaction would not do: it grows old while nothing
 * is written, and stays young on a replica whose connection broke.
 */
async function watch(
  { primary, maxLagMs }: ReplicaOptions,
  replica: Database,
  use: Use,
  closing: AbortSignal,
): Promise<void> {
  let marks: Mark[] = [];
  while (!closing.aborted) {
    const late = setTimeout(() => use.set(`no answer within ${lookDeadlineMs / 1_000} s`), lookDeadlineMs);
    try {
      const now = performance.now();
      marks = [...marks.filter(({ atMs }) => now - atMs <= maxLagMs), { atMs: now, lsn: await readPlace(primary) }];
      const isNear = await hasReached(replica, marks);
      use.set(isNear ? null : `it lags by more than ${maxLagMs / 1_000} s`);
    } catch (error) {
      use.set(error instanceof Error ? error.message || error.name : String(error));
    } finally {
      clearTimeout(late);
    }
    await sleep(lookEveryMs, undefined, { signal: closing }).catch(() => undefined);
  }
}

async function readPlace({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ lsn: string }>('SELECT pg_current_wal_lsn()::text AS lsn');
  return rows[0]?.lsn ?? '';
}

/** Whether the replica has replayed any of the marks, of which none is older than the lag that is allowed. */
async function hasReached({ pool }: Database, marks: readonly Mark[]): Promise<boolean> {
  const { rows } = await pool.query<{ is_replica: boolean; reached: boolean | null }>(
    `SELECT pg_is_in_recovery() AS is_replica,
       pg_last_wal_replay_lsn() >= (SELECT min(lsn::pg_lsn) FROM unnest($1::text[]) AS mark (lsn)) AS reached`,
    [marks.map(({ lsn }) => lsn)],
  );
  const [{ is_replica: isReplica, reached } = { is_replica: false, reached: null }] = rows;
  if (!isReplica) throw new Error('it is no streaming replica');
  return reached === true;
}
