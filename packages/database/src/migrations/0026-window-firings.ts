import { type Kysely, sql } from 'kysely';

/** `fired_id` is the delivery whose firing opened the window, of hooks whose `snooze_edge` is `both`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE firing_windows ADD COLUMN fired_id uuid`.execute(db);
}
