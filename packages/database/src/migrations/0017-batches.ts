import { type Kysely, sql } from 'kysely';

/**
 * Batches: several deliveries of a hook in one request. `batch_id` is the batch with which a delivery was sent last, or is to be sent
 * again. A delivery that is retried by hand or replayed leaves its batch, which `past_batches` then names: the attempts
 * of a batch are recorded once, under the batch's id.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE event_hooks ADD COLUMN batch jsonb`.execute(db);
  await sql`CREATE INDEX event_hooks_batch ON event_hooks (id) WHERE batch IS NOT NULL`.execute(db);
  await sql`ALTER TABLE deliveries ADD COLUMN batch_id uuid, ADD COLUMN past_batches uuid[]`.execute(db);
  await sql`
    CREATE INDEX deliveries_collecting ON deliveries (hook_id, next_attempt_at)
    WHERE reason IN ('batch', 'manual_retry')`.execute(db);
  await sql`
    CREATE INDEX deliveries_batch ON deliveries (batch_id)
    WHERE batch_id IS NOT NULL AND next_attempt_at IS NOT NULL`.execute(db);
}
