import { SettingsError } from '@eventhooks/config';
import { Migrator } from 'kysely/migration';
import { advisoryKey } from './advisory-locks.ts';
import { connectDatabase, noLimits } from './connect.ts';
import { DatabaseClient } from './database-client.ts';
import { explainStartFault, kindOfDatabaseError } from './errors.ts';
import * as initial from './migrations/0001-initial.ts';
import * as firingState from './migrations/0002-firing-state.ts';
import * as hookSecrets from './migrations/0003-hook-secrets.ts';
import * as fairness from './migrations/0004-fairness.ts';
import * as dashboard from './migrations/0005-dashboard.ts';
import * as eventTraceparent from './migrations/0006-event-traceparent.ts';
import * as batchSizes from './migrations/0007-batch-sizes.ts';
import * as sqlFunctions from './migrations/0008-sql-functions.ts';
import * as openWorkspaces from './migrations/0009-open-workspaces.ts';
import * as announceHooks from './migrations/0010-announce-hooks.ts';
import * as whoHears from './migrations/0011-who-hears.ts';
import * as inbound from './migrations/0012-inbound.ts';
import * as windows from './migrations/0015-windows.ts';
import * as quotas from './migrations/0016-quotas.ts';
import * as batches from './migrations/0017-batches.ts';
import * as order from './migrations/0018-order.ts';
import * as claims from './migrations/0019-claims.ts';
import * as archive from './migrations/0021-archive.ts';
import * as leaderLease from './migrations/0022-leader-lease.ts';
import * as attemptPages from './migrations/0023-attempt-pages.ts';
import * as workspaceTitles from './migrations/0024-workspace-titles.ts';
import * as eventCompression from './migrations/0025-event-compression.ts';
import * as windowFirings from './migrations/0026-window-firings.ts';
import { ensurePartitions } from './partitions.ts';
import { applySqlFunctions, databaseFunctions, type SqlFunctions } from './sql-functions.ts';

/** Migrations by name, in order. Tests stop at one to get an older release's schema. */
export const migrations = {
  '0001-initial': initial,
  '0002-firing-state': firingState,
  '0003-hook-secrets': hookSecrets,
  '0004-fairness': fairness,
  '0005-dashboard': dashboard,
  '0006-event-traceparent': eventTraceparent,
  '0007-batch-sizes': batchSizes,
  '0008-sql-functions': sqlFunctions,
  '0009-open-workspaces': openWorkspaces,
  '0010-announce-hooks': announceHooks,
  '0011-who-hears': whoHears,
  '0012-inbound': inbound,
  '0015-windows': windows,
  '0016-quotas': quotas,
  '0017-batches': batches,
  '0018-order': order,
  '0019-claims': claims,
  '0021-archive': archive,
  '0022-leader-lease': leaderLease,
  '0023-attempt-pages': attemptPages,
  '0024-workspace-titles': workspaceTitles,
  '0025-event-compression': eventCompression,
  '0026-window-firings': windowFirings,
};

const applicationName = 'eventhooks-migrate';

/**
 * Brings the installation in `url`'s schema up to date, the first of its search path that exists (`public` unless it
 * says otherwise), and makes the next days' partitions. Safe to call from many processes at once: they take turns under
 * an advisory lock. The lock is held by a transaction, for which a pooler keeps a session, too.
 *
 * @param packageFunctions functions that other packages call, created after the migrations.
 * @param setting the variable with the URL, for errors.
 * @returns the names of the migrations and functions that this call applied.
 * @throws {SettingsError} when `url` and its rights cannot be used.
 * @throws if a migration fails; its changes are rolled back.
 */
export async function migrateToLatest(
  url: string,
  packageFunctions: SqlFunctions,
  setting = 'DATABASE_URL',
): Promise<string[]> {
  const lock = DatabaseClient.of(url, { application_name: applicationName, query_timeout: 0 });
  try {
    await lock.connect();
    await lock.begin();
    const schema = await checkTarget(lock, setting);
    await lock.query('BEGIN');
    await lock.query(
      `SELECT set_config(name, value, true) FROM unnest($1::text[], $2::text[]) AS given (name, value)
       WHERE current_setting(name, true) IS NOT NULL`,
      [Object.keys(noLimits), Object.values(noLimits)],
    );
    await lock.query(`SELECT pg_advisory_xact_lock(${advisoryKey('migration')})`);
    const applied = await applyMigrations(url, schema, packageFunctions);
    await lock.query('COMMIT');
    return applied;
  } catch (error) {
    // A migration that misses a table is a bug, and no second run mends it.
    throw (kindOfDatabaseError(error) === 'unmigrated' ? null : explainStartFault(error, setting)) ?? error;
  } finally {
    await lock.end().catch(() => undefined);
  }
}

/** @returns the schema of the installation. @throws {SettingsError} when none can be made or kept in the database. */
async function checkTarget(client: DatabaseClient, setting: string): Promise<string> {
  const { rows } = await client.query<{ schema: string | null; encoding: string; readonly: boolean }>(
    `SELECT current_schema() AS schema, current_setting('server_encoding') AS encoding,
       current_setting('transaction_read_only')::boolean AS readonly`,
  );
  const { schema = null, encoding = '', readonly = false } = rows[0] ?? {};
  if (encoding !== 'UTF8')
    throw new SettingsError(
      `${setting}: the database's encoding is ${encoding}, which cannot hold all text. Create one: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`,
    );
  if (readonly)
    throw new SettingsError(
      `${setting}: the server takes no writes. It is a standby, or default_transaction_read_only is on`,
    );
  if (schema === null)
    throw new SettingsError(`${setting}: none of the schemas in search_path exists. Create one: CREATE SCHEMA …`);
  return schema;
}

async function applyMigrations(url: string, schema: string, packageFunctions: SqlFunctions): Promise<string[]> {
  const database = connectDatabase(url, { maxConnections: 2, applicationName, withoutTimeouts: true });
  try {
    const migrator = new Migrator({
      db: database.kysely,
      provider: { getMigrations: async () => migrations },
      // Without this, kysely would use migration tables of any schema.
      migrationTableSchema: schema,
    });
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error) throw error;
    const functions = await applySqlFunctions(database.kysely, { ...databaseFunctions, ...packageFunctions });
    await ensurePartitions(database.pool);
    return [...results.map(({ migrationName }) => migrationName), ...functions.map((name) => `${name}()`)];
  } finally {
    await database.close();
  }
}
