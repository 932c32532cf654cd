import { type Kysely, sql } from 'kysely';

/**
 * The functions that `migrate` made last, with the digest of their text (see ../sql-functions.ts). The migrations before this
 * one made the first versions of some; from here on their text stands in .sql files.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE TABLE sql_functions (name text PRIMARY KEY, digest text NOT NULL)`.execute(db);
}
