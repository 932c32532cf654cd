import { type Kysely, sql } from 'kysely';

/**
 * What keeps endpoints from each other's way.
 *
 * - `deliveries_waiting` takes the place of `deliveries_due`: each hook's waiting deliveries are a line of its own, oldest
 *   first, so that a hook is served a bounded number at a time and one that is held back is passed over at no cost.
 * - `hook_breakers` has a row for each hook whose circuit breaker is not closed. Workers keep these in memory and are told
 *   of those that come and go; changing an endpoint, or enabling its hook, closes its breaker.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`DROP INDEX deliveries_due`.execute(db);
  await sql`
    CREATE INDEX deliveries_waiting ON deliveries (hook_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL`.execute(
    db,
  );
  await createBreakers(db);
}

async function createBreakers(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE hook_breakers (
      hook_id uuid PRIMARY KEY REFERENCES event_hooks (id) ON DELETE CASCADE,
      opened_at timestamptz NOT NULL DEFAULT now(),
      probe_at timestamptz NOT NULL,
      probing boolean NOT NULL DEFAULT false,
      failed_probes integer NOT NULL DEFAULT 0
    )`.execute(db);
  await sql`
    CREATE FUNCTION announce_breaker() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('eventhooks_changes', 'breaker:' || coalesce(NEW.hook_id, OLD.hook_id));
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER announce_breaker AFTER INSERT OR DELETE ON hook_breakers
    FOR EACH ROW EXECUTE FUNCTION announce_breaker()`.execute(db);
  await sql`
    CREATE FUNCTION reset_breaker() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM hook_breakers WHERE hook_id = NEW.id;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER reset_breaker AFTER UPDATE OF handler, config, enabled ON event_hooks FOR EACH ROW
    WHEN ((OLD.handler, OLD.config::text, OLD.enabled) IS DISTINCT FROM (NEW.handler, NEW.config::text, NEW.enabled))
    EXECUTE FUNCTION reset_breaker()`.execute(db);
}
