import { type Kysely, sql } from 'kysely';

/**
 * Announces every update of a hook that sets `updated_at`, as each change by a client does. So a column that is added later
 * needs no place in this list. What workers note on a hook (`failing_since`) is still no change of configuration.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`DROP TRIGGER announce_change ON event_hooks`.execute(db);
  await sql`
    CREATE TRIGGER announce_change
    AFTER INSERT OR DELETE OR UPDATE OF updated_at, source, event, handler, config, old_secrets, snooze, on_change, enabled,
      name, tags, explicit, retry, redact, timeout, rate_limit, max_in_flight
    ON event_hooks FOR EACH ROW EXECUTE FUNCTION announce_change()`.execute(db);
}
