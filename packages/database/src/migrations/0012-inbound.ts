import { type Kysely, sql } from 'kysely';

/**
 * Endpoints that take the webhooks of other senders. `sealed` is the encrypted JSON of their secrets, null where there are none;
 * `verify` and `respond` hold none. `source_events.inbound_endpoint` is the endpoint whose mapping added the event. Only the last rejections are kept.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE inbound_endpoints (
      id uuid PRIMARY KEY,
      workspace text NOT NULL REFERENCES workspaces (name) ON DELETE CASCADE,
      name text NOT NULL,
      enabled boolean NOT NULL,
      tags text[] NOT NULL,
      preset text,
      verify json NOT NULL,
      map json NOT NULL,
      respond json,
      sealed text,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (workspace, name)
    )`.execute(db);
  await sql`
    CREATE TABLE inbound_rejections (
      id uuid PRIMARY KEY,
      endpoint_id uuid NOT NULL REFERENCES inbound_endpoints (id) ON DELETE CASCADE,
      status integer NOT NULL,
      reason text NOT NULL,
      headers json NOT NULL,
      rejected_at timestamptz NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX inbound_rejections_endpoint ON inbound_rejections (endpoint_id, id)`.execute(db);
  await sql`
    ALTER TABLE source_events
    ADD COLUMN inbound_endpoint uuid REFERENCES inbound_endpoints (id) ON DELETE SET NULL`.execute(db);
  await sql`
    CREATE TRIGGER announce_change
    AFTER INSERT OR DELETE OR UPDATE OF updated_at
    ON inbound_endpoints FOR EACH ROW EXECUTE FUNCTION announce_change()`.execute(db);
}
