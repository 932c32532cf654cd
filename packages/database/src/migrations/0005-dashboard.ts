import { type Kysely, sql } from 'kysely';

/**
 * What the dashboard asks for, kept so that no question scans deliveries.
 *
 * - `delivery_stats`: counters a minute, of each hook and (under the nil UUID) of the whole workspace. `d0` to `d11` are a
 *   histogram of attempts' durations; its bounds are `DURATION_BOUNDS_MS`.
 * - `processes`: admins and workers with the time of their last sign of life.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const histogram = Array.from({ length: 12 }, (_, index) => `d${index} integer NOT NULL DEFAULT 0`).join(', ');
  // Room on each page: a minute's row is updated many times, and no updated column is indexed.
  await sql`
    CREATE TABLE delivery_stats (
      workspace text NOT NULL,
      hook_id uuid NOT NULL,
      minute timestamptz NOT NULL,
      events integer NOT NULL DEFAULT 0,
      succeeded integer NOT NULL DEFAULT 0,
      failed integer NOT NULL DEFAULT 0,
      exhausted integer NOT NULL DEFAULT 0,
      suppressed integer NOT NULL DEFAULT 0,
      ${sql.raw(histogram)},
      PRIMARY KEY (workspace, hook_id, minute)
    ) WITH (fillfactor = 60)`.execute(db);
  await sql`CREATE INDEX delivery_stats_minute ON delivery_stats (minute)`.execute(db);
  await sql`
    CREATE UNLOGGED TABLE processes (
      id uuid PRIMARY KEY,
      kind text NOT NULL,
      host text NOT NULL,
      pid integer NOT NULL,
      version text NOT NULL,
      node text NOT NULL,
      is_scheduler boolean NOT NULL DEFAULT false,
      started_at timestamptz NOT NULL DEFAULT now(),
      seen_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
  // What has gone well at once is most of all rows and never in here; so looking for trouble is quick, and costs success nothing.
  await sql`CREATE INDEX deliveries_troubled ON deliveries (workspace, id) WHERE status <> 'succeeded'`.execute(db);
}
