import { type Kysely, sql } from 'kysely';

/** Room in each page of the outbox: a claim then changes a row within its page, and no index. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE dispatch_batches SET (fillfactor = 50)`.execute(db);
}
