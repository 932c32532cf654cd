import { type Kysely, sql } from 'kysely';

/**
 * Attempts that were recorded together are one row of `attempt_pages`, compressed by the worker (see ../attempt-pages.ts).
 *
 * - `deliveries.attempt_page` is the last page with an attempt of the delivery, and `past_attempt_pages` are those before it. An attempt
 *   that was recorded alone is a row of `attempts`, as all were before. Both forms stay readable, and a delivery may have attempts in
 *   both: workers of the release before write rows only.
 * - `deliveries.duration_ms` is the duration of the last attempt, so that lists read no attempts. It is null in rows of the release
 *   before.
 * - A page belongs to the day of its deliveries, and is dropped with them. Its content is not compressed again.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE TABLE attempt_pages (id uuid PRIMARY KEY, content bytea NOT NULL) PARTITION BY RANGE (id)`.execute(
    db,
  );
  await sql`ALTER TABLE attempt_pages ALTER COLUMN content SET STORAGE EXTERNAL`.execute(db);
  await sql`
    ALTER TABLE deliveries
      ADD COLUMN duration_ms integer,
      ADD COLUMN attempt_page uuid,
      ADD COLUMN past_attempt_pages uuid[]`.execute(db);
}
