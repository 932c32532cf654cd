import { type Kysely, sql } from 'kysely';

/** A label for people. The name cannot change: it is in the URLs and tokens of senders, and in every row of the workspace. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE workspaces ADD COLUMN title text`.execute(db);
}
