import type pg from 'pg';
import { DatabaseClient } from './database-client.ts';

/** @throws when the server that answers takes no writes: it is a standby, or was made read-only. */
export async function checkWritable(connection: Pick<pg.Pool, 'query'>): Promise<void> {
  const { rows } = await connection.query<{ read_only: boolean }>(
    `SELECT current_setting('transaction_read_only')::boolean AS read_only`,
  );
  if (rows[0]?.read_only !== false) throw new Error('the server takes no writes');
}

/** Connects to the database, asks whether it takes writes, and leaves. @throws what keeps it from being used. */
export async function checkDatabase(url: string): Promise<void> {
  const client = DatabaseClient.of(url, { application_name: 'eventhooks-readiness' });
  try {
    await client.connect();
    await checkWritable(client);
  } finally {
    client.end().catch(() => undefined);
  }
}
