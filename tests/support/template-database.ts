import { migrateToLatest } from '@eventhooks/database';
import { migrateQueue } from '@eventhooks/queue';
import { suppressionFunctions } from '@eventhooks/suppression';
import pg from 'pg';

/** Migrated once in a run; each test database is a copy of it. */
export const templateDatabase = 'eventhooks_template';

export async function makeTemplateDatabase(postgresUrl: string): Promise<void> {
  const client = new pg.Client(postgresUrl);
  await client.connect();
  await client.query(`CREATE DATABASE ${templateDatabase}`);
  await client.end();
  const url = databaseUrl(postgresUrl, templateDatabase);
  await migrateToLatest(url, suppressionFunctions);
  await migrateQueue(url);
}

export function databaseUrl(postgresUrl: string, database: string): string {
  const url = new URL(postgresUrl);
  url.pathname = `/${database}`;
  return url.href;
}
