import { type Kysely, sql } from 'kysely';

/**
 * Secrets of hooks, encrypted, and rules for what is kept of attempts.
 *
 * - `sealed`: encrypted texts by their place in `config`, where null stands for them. Written alone by the rotation of
 *   keys, which changes nothing for a reader and is therefore not announced.
 * - `old_secrets`: `[{ ends_at, sealed }]`, what a rotation replaced and signs still. Written by a rotation of secrets, which
 *   is announced but is no new revision: the hook fires on the same and sends the same.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE event_hooks
      ADD COLUMN sealed json NOT NULL DEFAULT '{}',
      ADD COLUMN old_secrets json NOT NULL DEFAULT '[]',
      ADD COLUMN redact text[] NOT NULL DEFAULT '{}'`.execute(db);
  await sql`DROP TRIGGER announce_change ON event_hooks`.execute(db);
  await sql`
    CREATE TRIGGER announce_change
    AFTER INSERT OR DELETE OR UPDATE OF source, event, handler, config, old_secrets, snooze, on_change, enabled, name, tags,
      explicit, retry, redact, timeout, rate_limit, max_in_flight
    ON event_hooks FOR EACH ROW EXECUTE FUNCTION announce_change()`.execute(db);
}
