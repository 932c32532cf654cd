import { type Kysely, sql } from 'kysely';

/** The `traceparent` that whoever delivers an event goes on from; null for an event that nobody traces. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE events ADD COLUMN traceparent text`.execute(db);
}
