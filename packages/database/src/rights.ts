import type pg from 'pg';
import type { Schema } from './schema.ts';
import { checkWritable } from './writable.ts';

type Right = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

const readWrite: readonly Right[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

/** The rights of admins and workers. Only the owner of the tables needs more, for `migrate`. */
const tableRights = {
  workspaces: readWrite,
  event_hooks: readWrite,
  source_events: readWrite,
  inbound_endpoints: readWrite,
  inbound_rejections: readWrite,
  tokens: readWrite,
  audit_entries: ['SELECT', 'INSERT'],
  configuration_version: ['SELECT', 'UPDATE'],
  leader_lease: ['SELECT', 'UPDATE'],
  events: readWrite,
  publisher_ids: readWrite,
  dispatch_batches: readWrite,
  deliveries: readWrite,
  attempts: readWrite,
  attempt_pages: readWrite,
  hook_breakers: readWrite,
  hook_rates: readWrite,
  publish_quotas: readWrite,
  replays: readWrite,
  probes: readWrite,
  delivery_stats: readWrite,
  processes: readWrite,
  firing_hooks: readWrite,
  firing_digests: readWrite,
  firing_claims: readWrite,
  firing_windows: readWrite,
  archive_state: readWrite,
  sql_functions: [],
} satisfies Record<keyof Schema, readonly Right[]>;

const needed = Object.entries(tableRights).flatMap(([table, rights]) => rights.map((right) => ({ table, right })));

/** A table that is missing lacks no right: other statements tell of it. Triggers call their functions without a right. */
const readMissingRights = {
  name: 'read-missing-rights',
  text: `
    WITH home AS (SELECT quote_ident(current_schema())::regnamespace AS schema)
    SELECT current_user AS role, (SELECT schema FROM home) IS NULL AS homeless, ARRAY(
      SELECT privilege || ' on ' || relname FROM home, unnest($1::text[], $2::text[]) AS needed (name, privilege)
        JOIN pg_class ON relname = name WHERE relnamespace = schema AND NOT has_table_privilege(pg_class.oid, privilege)
      UNION ALL
      SELECT 'USAGE on ' || relname FROM home, pg_class
        WHERE relnamespace = schema AND relname IN ('hook_revisions', 'acceptance_positions') AND NOT has_sequence_privilege(pg_class.oid, 'USAGE')
      UNION ALL
      SELECT 'EXECUTE on ' || proname || '()' FROM home, pg_proc
        WHERE pronamespace = schema AND prorettype <> 'trigger'::regtype
          AND proowner = (SELECT relowner FROM pg_class WHERE relnamespace = schema AND relname = 'configuration_version')
          AND NOT has_function_privilege(pg_proc.oid, 'EXECUTE')
    ) AS missing`,
  values: [needed.map(({ table }) => table), needed.map(({ right }) => right)],
};

/** SQLSTATE insufficient_privilege, which PostgreSQL would answer to the statement that needs the right. */
const insufficientPrivilege = '42501';
const mostNamed = 5;

/** @throws an error that names the rights which the role of the connection lacks. */
export async function checkRights(connection: Pick<pg.Pool, 'query'>): Promise<void> {
  const { rows } = await connection.query<{ role: string; homeless: boolean; missing: string[] }>(readMissingRights);
  const { role = '', homeless = false, missing = [] } = rows[0] ?? {};
  const named = missing.slice(0, mostNamed).join(', ');
  const further = missing.length > mostNamed ? ` and ${missing.length - mostNamed} more` : '';
  const fault = homeless ? 'USAGE on any schema of its search_path, or none of them exists' : `${named}${further}`;
  if (homeless || missing.length > 0)
    throw Object.assign(new Error(`the role ${role} lacks ${fault} (docs/postgresql.md lists the grants)`), {
      code: insufficientPrivilege,
    });
}

/** @throws when the server takes no writes, or not all that admins and workers write. */
export async function checkUsable(connection: Pick<pg.Pool, 'query'>): Promise<void> {
  await checkWritable(connection);
  await checkRights(connection);
}
