import { type Kysely, sql } from 'kysely';

/**
 * Hooks that are delivered to in order.
 *
 * - `position` says in which order events were accepted: of two batches, the one that was answered before the other's request began has
 *   the lower one, whatever the clocks of the admins say. An event's is that of its batch, times 65536, plus its place in the batch.
 * - `dispatch_batches.holds_order` is true until the batch's ordered deliveries are recorded. Until then no delivery of a later batch
 *   may be attempted where order matters.
 * - `deliveries.order_key` is the key, with the generation of `order_by` before it, and null for a hook without order.
 *   `deliveries_lane` holds each key's deliveries that have not ended, and those that hold their key, in order of acceptance.
 * - `event_hooks.order_generation` grows with each change of `order_by`. Keys of generations above `order_settled` wait until older
 *   ones are finished.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE SEQUENCE acceptance_positions`.execute(db);
  await sql`
    ALTER TABLE dispatch_batches
      ADD COLUMN position bigint NOT NULL DEFAULT nextval('acceptance_positions'),
      ADD COLUMN holds_order boolean NOT NULL DEFAULT true`.execute(db);
  await sql`CREATE INDEX dispatch_batches_holding ON dispatch_batches (position) WHERE holds_order`.execute(db);
  await sql`ALTER TABLE events ADD COLUMN position bigint`.execute(db);
  await sql`
    ALTER TABLE deliveries
      ADD COLUMN order_key text COLLATE "C",
      ADD COLUMN order_position bigint`.execute(db);
  await sql`
    CREATE INDEX deliveries_lane ON deliveries (hook_id, order_key, order_position)
    WHERE order_key IS NOT NULL AND (next_attempt_at IS NOT NULL OR reason = 'holds_key')`.execute(db);
  await sql`
    CREATE INDEX deliveries_lane_in_flight ON deliveries (hook_id, order_key)
    WHERE order_key IS NOT NULL AND reason = 'in_flight'`.execute(db);
  await sql`CREATE INDEX deliveries_holding ON deliveries (hook_id, order_key) WHERE reason = 'holds_key'`.execute(db);
  await addHookColumns(db);
}

async function addHookColumns(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE event_hooks
      ADD COLUMN order_by text,
      ADD COLUMN on_exhausted text,
      ADD COLUMN order_generation integer NOT NULL DEFAULT 0,
      ADD COLUMN order_settled integer NOT NULL DEFAULT 0`.execute(db);
  await sql`CREATE INDEX event_hooks_unsettled ON event_hooks (id) WHERE order_settled < order_generation`.execute(db);
  await sql`
    CREATE FUNCTION next_order_generation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.order_generation := OLD.order_generation + 1;
      IF NOT EXISTS (SELECT FROM deliveries WHERE hook_id = NEW.id
        AND order_key IS NOT NULL AND (next_attempt_at IS NOT NULL OR reason = 'holds_key')) THEN
        NEW.order_settled := NEW.order_generation;
      END IF;
      RETURN NEW;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER next_order_generation BEFORE UPDATE OF order_by ON event_hooks FOR EACH ROW
    WHEN (OLD.order_by IS DISTINCT FROM NEW.order_by) EXECUTE FUNCTION next_order_generation()`.execute(db);
}
