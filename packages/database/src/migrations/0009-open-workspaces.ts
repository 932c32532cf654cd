import { type Kysely, sql } from 'kysely';

/**
 * Workspaces that take unregistered sources and events. The audit log becomes `json`, which keeps the text of a hook's
 * payload: `jsonb` rewrites numbers, and refuses some.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE workspaces ADD COLUMN open boolean NOT NULL DEFAULT false`.execute(db);
  await sql`ALTER TABLE audit_entries ALTER COLUMN before TYPE json, ALTER COLUMN after TYPE json`.execute(db);
}
