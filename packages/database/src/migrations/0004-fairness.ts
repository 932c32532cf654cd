import { type Kysely, sql } from 'kysely';

/**
 * What keeps endpoints from each other's way.
 *
 * - `deliveries_waiting` takes the place of `deliveries_due`: each hook's waiting deliveries are a line of its own, oldest
 *   first, so that a hook is served a bounded number at a time and one that is held back is passed over at no cost.
 * - `hook_breakers` has a row for each hook whose circuit breaker is not closed. Workers keep these in memory and are told
 *   of those that come and go; changing an endpoint, or enabling its hook, closes its breaker.
 * - `hook_rates` has a row for each hook with a `rate_limit` that had deliveries: the next of its evenly spaced slots, and
 *   when the line of those that found none is thought to end (both in ms since the epoch). Losing it costs one burst.
 * - `replays`: `position` is the last delivery that was looked at, so that whoever goes on goes on there. One runs at a time
 *   for a hook.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`DROP INDEX deliveries_due`.execute(db);
  await sql`
    CREATE INDEX deliveries_waiting ON deliveries (hook_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL`.execute(
    db,
  );
  await createBreakers(db);
  await createRates(db);
  await createReplays(db);
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

/**
 * `reserve_slots` reserves consecutive slots of each hook: `p_wanted` of them, or as many as there are within `p_horizon_ms`.
 * What was not used for up to 100 ms may be caught up on. With `p_behind_line`, who comes while others stand in line
 * gets none, and is told when its turn will be.
 */
async function createRates(db: Kysely<unknown>): Promise<void> {
  // Room on each page, and no index on what changes: updates stay in their page.
  await sql`
    CREATE UNLOGGED TABLE hook_rates (
      hook_id uuid PRIMARY KEY REFERENCES event_hooks (id) ON DELETE CASCADE,
      next_slot float8 NOT NULL DEFAULT 0,
      line_until float8 NOT NULL DEFAULT 0
    ) WITH (fillfactor = 50)`.execute(db);
  await sql`
    CREATE FUNCTION reserve_slots(
      p_hook_ids uuid[], p_wanted integer[], p_rates integer[], p_horizon_ms float8, p_behind_line boolean
    ) RETURNS TABLE (hook_id uuid, granted integer, first_in_ms float8, line_in_ms float8) LANGUAGE plpgsql AS $$
    #variable_conflict use_column
    DECLARE
      v record;
      v_now float8;
      v_interval float8;
      v_first float8;
      v_granted integer;
      v_line float8;
    BEGIN
      -- What a crash loses of this is one burst.
      PERFORM set_config('synchronous_commit', 'off', true);
      -- In one order for all callers, so that they wait for each other and never in a circle.
      FOR v IN
        SELECT * FROM unnest(p_hook_ids, p_wanted, p_rates) AS given (hook_id, wanted, rate) ORDER BY hook_id
      LOOP
        INSERT INTO hook_rates (hook_id) SELECT id FROM event_hooks WHERE id = v.hook_id ON CONFLICT DO NOTHING;
        SELECT next_slot, line_until INTO v_first, v_line FROM hook_rates WHERE hook_rates.hook_id = v.hook_id FOR UPDATE;
        CONTINUE WHEN NOT FOUND;
        v_now := extract(epoch FROM clock_timestamp()) * 1000;
        v_interval := 1000.0 / v.rate;
        v_first := greatest(v_first, v_now - 100);
        v_granted := CASE
          WHEN p_behind_line AND v_line > v_now THEN 0
          ELSE greatest(0, least(v.wanted, floor((v_now + p_horizon_ms - v_first) / v_interval)::integer + 1)) END;
        v_line := greatest(v_line, v_first + v_granted * v_interval);
        UPDATE hook_rates SET
          next_slot = CASE WHEN v_granted > 0 THEN v_first + v_granted * v_interval ELSE next_slot END,
          -- Bounded, so that a line that dissolved in another way is soon forgotten.
          line_until = CASE WHEN p_behind_line AND v.wanted > v_granted
            THEN least(v_line + (v.wanted - v_granted) * v_interval, v_now + 60000) ELSE line_until END
        WHERE hook_rates.hook_id = v.hook_id;
        hook_id := v.hook_id;
        granted := v_granted;
        first_in_ms := v_first - v_now;
        line_in_ms := v_line - v_now;
        RETURN NEXT;
      END LOOP;
    END $$`.execute(db);
}

async function createReplays(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE replays (
      id uuid PRIMARY KEY,
      workspace text NOT NULL REFERENCES workspaces (name) ON DELETE CASCADE,
      hook_id uuid NOT NULL,
      status text NOT NULL DEFAULT 'running',
      since timestamptz,
      until timestamptz NOT NULL,
      statuses text[] NOT NULL,
      total integer NOT NULL,
      done integer NOT NULL DEFAULT 0,
      position uuid NOT NULL,
      until_id uuid NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
  await sql`CREATE INDEX replays_page ON replays (workspace, id)`.execute(db);
  await sql`CREATE UNIQUE INDEX replays_running ON replays (hook_id) WHERE status = 'running'`.execute(db);
}
