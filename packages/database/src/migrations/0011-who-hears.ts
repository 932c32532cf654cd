import { type Kysely, sql } from 'kysely';

/** Several events, filters, pause and expiry of hooks; and replays that deliver the events which a hook missed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE event_hooks
      ADD COLUMN events text[],
      ADD COLUMN filter text,
      ADD COLUMN paused boolean,
      ADD COLUMN expires_at timestamptz,
      ADD COLUMN draining boolean NOT NULL DEFAULT false,
      ADD COLUMN filter_error jsonb`.execute(db);
  await sql`CREATE INDEX event_hooks_expires_at ON event_hooks (expires_at) WHERE enabled AND expires_at IS NOT NULL`.execute(
    db,
  );
  await sql`ALTER TABLE replays ADD COLUMN scope text NOT NULL DEFAULT 'deliveries'`.execute(db);
  await sql`DROP TRIGGER next_hook_revision ON event_hooks`.execute(db);
  await sql`
    CREATE TRIGGER next_hook_revision
    BEFORE INSERT OR UPDATE OF source, event, events, filter, handler, config, snooze, on_change ON event_hooks
    FOR EACH ROW EXECUTE FUNCTION next_hook_revision()`.execute(db);
}
