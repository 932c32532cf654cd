import { type Kysely, sql } from 'kysely';

/** How many events a batch has, beside the list of them: counting what waits then reads no lists, which are kept out of line. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE dispatch_batches
    ADD COLUMN event_count integer NOT NULL GENERATED ALWAYS AS (cardinality(event_ids)) STORED`.execute(db);
}
