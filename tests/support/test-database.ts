import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { databaseUrl, templateDatabase } from './template-database.ts';
import { currentTestRun } from './test-run.ts';

export interface TestDatabase extends AsyncDisposable {
  url: string;
  /** The URL past the pooler, for a test that needs a session or parameters of one. Only in `npm run test:pooler` it is another. */
  directUrl: string;
  /** The settings of a process whose queue is in this database, too, which needs sessions. */
  env: Record<string, string>;
  /** Closes open connections and drops the database. */
  drop(): Promise<void>;
}

/** A migrated database on the shared server, for one test file alone. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { postgresUrl, poolerUrl } = currentTestRun();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(postgresUrl, `CREATE DATABASE ${name} TEMPLATE ${templateDatabase}`);
  const forced = () => execute(postgresUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  // A pool that was ended may still be disconnecting. PostgreSQL waits a few seconds for that before it refuses.
  const patient = () => execute(postgresUrl, `DROP DATABASE IF EXISTS ${name}`).catch(forced);
  const drop = poolerUrl === null ? patient : forced;
  const url = databaseUrl(poolerUrl ?? postgresUrl, name);
  const directUrl = databaseUrl(postgresUrl, name);
  return {
    url,
    directUrl,
    env: { DATABASE_URL: url, ...(directUrl !== url && { DATABASE_DIRECT_URL: directUrl }) },
    drop,
    [Symbol.asyncDispose]: drop,
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
