import { type Kysely, sql } from 'kysely';

/**
 * Windows of hooks whose `snooze_edge` is not `leading`: a row for each open window of a hook, or of a hook and digest.
 * `pending_id` is the delivery of its last event, which waits for the end; null in a window whose first event fired and that
 * has had no other.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE event_hooks ADD COLUMN snooze_edge text`.execute(db);
  await sql`
    CREATE TABLE firing_windows (
      hook_id uuid NOT NULL,
      digest text NOT NULL,
      ends_at timestamptz NOT NULL,
      pending_id uuid,
      PRIMARY KEY (hook_id, digest)
    )`.execute(db);
  await sql`CREATE INDEX firing_windows_end ON firing_windows (ends_at)`.execute(db);
  await sql`DROP TRIGGER next_hook_revision ON event_hooks`.execute(db);
  await sql`
    CREATE TRIGGER next_hook_revision
    BEFORE INSERT OR UPDATE OF source, event, events, filter, handler, config, snooze, on_change, snooze_edge ON event_hooks
    FOR EACH ROW EXECUTE FUNCTION next_hook_revision()`.execute(db);
  // The functions of this release are made after the migrations, and give it its body.
  await sql`
    CREATE FUNCTION end_hook_windows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`.execute(db);
  const decisive = (row: 'OLD' | 'NEW') =>
    sql.raw(
      `(${[
        'source',
        'event',
        'events',
        'filter',
        'handler',
        'config::text',
        'snooze',
        'on_change',
        'snooze_edge',
        'enabled',
      ]
        .map((column) => `${row}.${column}`)
        .join(', ')}, coalesce(${row}.paused, false))`,
    );
  await sql`
    CREATE TRIGGER end_hook_windows AFTER UPDATE ON event_hooks FOR EACH ROW
    WHEN (OLD.snooze_edge IN ('trailing', 'both') AND ${decisive('OLD')} IS DISTINCT FROM ${decisive('NEW')})
    EXECUTE FUNCTION end_hook_windows()`.execute(db);
  await sql`
    CREATE TRIGGER end_deleted_hook_windows AFTER DELETE ON event_hooks FOR EACH ROW
    WHEN (OLD.snooze_edge IN ('trailing', 'both'))
    EXECUTE FUNCTION end_hook_windows()`.execute(db);
}
