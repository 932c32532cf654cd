import { hostname } from 'node:os';
import type pg from 'pg';
import type { Database } from './connect.ts';
import { newId } from './ids.ts';
import type { Row } from './schema.ts';

/** An admin or a worker, as it last reported itself. */
export type SeenProcess = Row<'processes'>;

export interface Presence {
  /** Takes the process off the list. */
  close(): Promise<void>;
}

const beatEveryMs = 10_000;

/** Keeps this process in the list of running ones. A process that has not reported for a day is removed. */
export function keepPresence(
  database: Database,
  options: { kind: 'admin' | 'worker'; version: string; isScheduler?: () => Promise<boolean> },
): Presence {
  const { kind, version, isScheduler } = options;
  const id = newId();
  const beat = async (): Promise<void> => {
    await database.pool.query({
      name: 'record-presence',
      text: `WITH forgotten AS (DELETE FROM processes WHERE seen_at < now() - interval '1 day')
        INSERT INTO processes (id, kind, host, pid, version, node, is_scheduler) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET seen_at = now(), is_scheduler = excluded.is_scheduler`,
      values: [id, kind, hostname(), process.pid, version, process.version, (await isScheduler?.()) ?? false],
    });
  };
  // The next beat makes up for one that fails. Other parts report that the database is away.
  let beating = beat().catch(() => undefined);
  const timer = setInterval(() => {
    beating = beat().catch(() => undefined);
  }, beatEveryMs).unref();
  return {
    async close() {
      clearInterval(timer);
      await beating;
      await database.pool.query('DELETE FROM processes WHERE id = $1', [id]).catch(() => undefined);
    },
  };
}

/** Admins and workers of the last day, those seen last first. */
export async function listProcesses(database: Database): Promise<SeenProcess[]> {
  const result = await database.pool.query<SeenProcess>(
    `SELECT id, kind, host, pid, version, node, is_scheduler, started_at, seen_at FROM processes
     WHERE seen_at > now() - interval '1 day' ORDER BY kind, seen_at DESC LIMIT 500`,
  );
  return result.rows;
}

/** The number of workers seen lately. */
export async function countWorkers(pool: pg.Pool): Promise<number> {
  const result = await pool.query<{ count: number }>({
    name: 'count-workers',
    text: `SELECT count(*)::int AS count FROM processes WHERE kind = 'worker' AND seen_at > now() - $1 * interval '1 ms'`,
    values: [3 * beatEveryMs],
  });
  return result.rows[0]?.count ?? 0;
}

export interface StorageFacts {
  /** PostgreSQL's version, such as `18.1`. */
  version: string;
  databaseBytes: number;
  /** Days of events, deliveries and attempts that have any rows, `YYYYMMDD`, with their size. Partitions are made ahead of time, and are empty until their day. */
  days: { day: string; bytes: number }[];
}

/** The size of the database and of each day. Sizes are those of files, so nothing is scanned. */
export async function readStorage(database: Database): Promise<StorageFacts> {
  const [facts, days] = await Promise.all([
    database.pool.query<{ version: string; bytes: string }>(
      `SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes`,
    ),
    database.pool.query<{ day: string; bytes: string }>(
      `SELECT right(child.relname, 8) AS day, sum(pg_total_relation_size(child.oid)) AS bytes FROM pg_inherits
         JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
       WHERE parent.relkind = 'p' AND parent.relnamespace = quote_ident(current_schema())::regnamespace GROUP BY 1
       HAVING sum(pg_relation_size(child.oid)) > 0 ORDER BY 1`,
    ),
  ]);
  return {
    version: facts.rows[0]?.version.split(' ')[0] ?? '',
    databaseBytes: Number(facts.rows[0]?.bytes ?? 0),
    days: days.rows.map(({ day, bytes }) => ({ day, bytes: Number(bytes) })),
  };
}
