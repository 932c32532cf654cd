import { type Kysely, sql } from 'kysely';

/** The archive as the leader saw it last, in one row: admins show it. Without an archive there is none. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE archive_state (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      last_day text,
      days_waiting integer NOT NULL,
      error text,
      failing_since timestamptz,
      updated_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
}
