import { type Kysely, sql } from 'kysely';

/**
 * Limits for publishers. `rate_limit` is the JSON of the contract, null where nothing limits. `publish_quotas` has a row for each
 * token, workspace and endpoint with one that was used lately: when its bucket is full again (ms since the epoch). Losing it costs one burst.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['tokens', 'workspaces', 'inbound_endpoints']) {
    await sql`ALTER TABLE ${sql.table(table)} ADD COLUMN rate_limit jsonb`.execute(db);
  }
  await sql`DROP TRIGGER announce_change ON tokens`.execute(db);
  await sql`
    CREATE TRIGGER announce_change
    AFTER INSERT OR DELETE OR UPDATE OF hash, name, role, workspace, expires_at, rate_limit
    ON tokens FOR EACH ROW EXECUTE FUNCTION announce_change()`.execute(db);
  // Room on each page, and no index on the column that changes: updates stay in their page.
  await sql`
    CREATE UNLOGGED TABLE publish_quotas (
      id uuid PRIMARY KEY,
      full_at float8 NOT NULL
    ) WITH (fillfactor = 50)`.execute(db);
}
