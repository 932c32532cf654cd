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
  await provideUuidv7(url);
}

/** Tests make rows by `uuidv7()`, which PostgreSQL has from 18 on. */
async function provideUuidv7(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`
    DO $do$ BEGIN
      IF current_setting('server_version_num')::int < 180000 THEN
        CREATE FUNCTION uuidv7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
          SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
            PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
        $$;
      END IF;
    END $do$`);
  await client.end();
}

export function databaseUrl(postgresUrl: string, database: string): string {
  const url = new URL(postgresUrl);
  url.pathname = `/${database}`;
  return url.href;
}
