import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { connectDatabase } from './connect.ts';
import * as initial from './migrations/0001-initial.ts';
import * as firingState from './migrations/0002-firing-state.ts';
import * as hookSecrets from './migrations/0003-hook-secrets.ts';
import * as fairness from './migrations/0004-fairness.ts';
import * as dashboard from './migrations/0005-dashboard.ts';
import * as eventTraceparent from './migrations/0006-event-traceparent.ts';
import * as batchSizes from './migrations/0007-batch-sizes.ts';
import { ensurePartitions } from './partitions.ts';

const migrations = {
  '0001-initial': initial,
  '0002-firing-state': firingState,
  '0003-hook-secrets': hookSecrets,
  '0004-fairness': fairness,
  '0005-dashboard': dashboard,
  '0006-event-traceparent': eventTraceparent,
  '0007-batch-sizes': batchSizes,
};

/** Any constant that nothing else in the database uses. */
const migrationLockKey = 7_306_411_954;

/**
 * Brings the schema of `url` up to date and makes the next days' partitions. Safe to call from many processes at
 * once: they take turns under an advisory lock.
 *
 * @returns the names of the migrations that this call applied.
 * @throws if a migration fails; what it had done is rolled back.
 */
export async function migrateToLatest(url: string): Promise<string[]> {
  const lock = new pg.Client({ connectionString: url, application_name: 'eventhooks-migrate' });
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [migrationLockKey]);
    return await applyMigrations(url);
  } finally {
    await lock.end();
  }
}

async function applyMigrations(url: string): Promise<string[]> {
  const database = connectDatabase(url, {
    maxConnections: 2,
    applicationName: 'eventhooks-migrate',
    withoutQueryTimeout: true,
  });
  try {
    const migrator = new Migrator({
      db: database.kysely,
      provider: { getMigrations: async () => migrations },
    });
    const { error, results } = await migrator.migrateToLatest();
    if (error) throw error;
    await ensurePartitions(database.pool);
    return (results ?? []).map((result) => result.migrationName);
  } finally {
    await database.close();
  }
}
