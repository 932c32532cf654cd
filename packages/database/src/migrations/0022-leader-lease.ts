import { type Kysely, sql } from 'kysely';

/** The lease of the leader: one row, of the worker that runs the scheduler until `expires_at`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE TABLE leader_lease (holder uuid, expires_at timestamptz NOT NULL)`.execute(db);
  await sql`INSERT INTO leader_lease VALUES (NULL, now())`.execute(db);
}
