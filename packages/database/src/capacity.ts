import type { Database } from './connect.ts';
import { ALL_HOOKS } from './delivery-stats.ts';

/** PostgreSQL's view of the room that is left. Row counts are its own estimates, so nothing large is counted. */
export interface CapacityFacts {
  /** Attempts. */
  lastHour: number;
  busiestMinute: number;
  databaseBytes: number;
  /** Days (`YYYYMMDD`) before today that are kept, oldest first. */
  days: { day: string; bytes: number; deliveries: number }[];
  connections: { used: number; allowed: number };
  /**
   * The largest share of rows of one table that wait for vacuum, among those with 10,000 or more of them; null without.
   */
  deadRows: { table: string; share: number } | null;
  /**
   * The transaction that has been open for longest, as far as the role may see it. Vacuum leaves what it may still
   * read.
   */
  oldestTransaction: { seconds: number; application: string } | null;
  /**
   * Transactions since the oldest row that was not frozen, and how many there may be before autovacuum freezes by
   * force.
   */
  transactionAge: { used: number; forcedAt: number };
}

export async function readCapacity(database: Database): Promise<CapacityFacts> {
  const [rates, days, server, deadRows, oldest] = await Promise.all([
    one(database, ratesStatement),
    database.pool.query<{ day: string; bytes: string; deliveries: number }>(daysStatement),
    one(database, serverStatement),
    database.pool.query<{ table: string; share: number }>(deadRowsStatement),
    database.pool.query<{ seconds: number; application: string }>(oldestStatement),
  ]);
  return {
    lastHour: rates.last_hour ?? 0,
    busiestMinute: rates.busiest_minute ?? 0,
    databaseBytes: server.bytes ?? 0,
    days: days.rows.map(({ day, bytes, deliveries }) => ({ day, bytes: Number(bytes), deliveries })),
    connections: { used: server.used ?? 0, allowed: server.allowed ?? 0 },
    deadRows: deadRows.rows[0] ?? null,
    oldestTransaction: oldest.rows[0] ?? null,
    transactionAge: { used: server.age ?? 0, forcedAt: server.forced_at ?? 0 },
  };
}

async function one(database: Database, text: string): Promise<Record<string, number>> {
  return (await database.pool.query<Record<string, number>>(text)).rows[0] ?? {};
}

const ratesStatement = `
  WITH minutes AS (
    SELECT minute, sum(attempts) AS attempts FROM workspaces CROSS JOIN LATERAL (
      SELECT minute, succeeded + failed AS attempts FROM delivery_stats
      WHERE workspace = workspaces.name AND hook_id = '${ALL_HOOKS}' AND minute > now() - interval '1 day'
    ) AS of_workspace GROUP BY minute
  )
  SELECT coalesce(sum(attempts) FILTER (WHERE minute > now() - interval '1 hour'), 0)::float8 AS last_hour,
    coalesce(max(attempts), 0)::float8 AS busiest_minute FROM minutes`;

const inThisSchema = 'relnamespace = quote_ident(current_schema())::regnamespace';

const daysStatement = `
  SELECT right(child.relname, 8) AS day, sum(pg_total_relation_size(child.oid)) AS bytes,
    coalesce(max(greatest(child.reltuples, pg_stat_get_live_tuples(child.oid))) FILTER (WHERE parent.relname = 'deliveries'), 0)::float8 AS deliveries
  FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
  WHERE parent.relkind = 'p' AND parent.${inThisSchema} AND right(child.relname, 8) < to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')
  GROUP BY 1 HAVING sum(pg_relation_size(child.oid)) > 0 ORDER BY 1`;

const serverStatement = `
  SELECT pg_database_size(current_database())::float8 AS bytes,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::float8 AS used,
    (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int)::float8 AS allowed,
    (SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database())::float8 AS age,
    current_setting('autovacuum_freeze_max_age')::float8 AS forced_at`;

const deadRowsStatement = `
  SELECT relname AS table, (n_dead_tup::float8 / (n_live_tup + n_dead_tup)) AS share FROM pg_stat_user_tables
  WHERE schemaname = current_schema() AND n_dead_tup >= 10000 ORDER BY 2 DESC LIMIT 1`;

const oldestStatement = `
  SELECT extract(epoch FROM now() - xact_start)::float8 AS seconds, application_name AS application FROM pg_stat_activity
  WHERE xact_start IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
  ORDER BY xact_start LIMIT 1`;
