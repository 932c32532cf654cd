import { databaseConnection } from '@eventhooks/config';
import pg from 'pg';
import type { DatabaseClient } from './database-client.ts';

/** More than two, because other clients of a pooler may take a session between two statements of ours. */
const comparisons = 5;
const deadlineMs = 2_000;

/**
 * Whether all statements of the connection go to one session, which notifications need. Call it after the connection's `begin`.
 *
 * Behind a pooler, the processes that serve two connections are compared. In transaction mode the next statement gets the
 * session that became idle last, or sessions are given out in order. Either shows, because the second connection asks once more
 * in each comparison: the latter come back to the same connections in one comparison at most. A pool of
 * sessions may have none left for a second connection; then there is nothing to compare, and a session is assumed.
 *
 * @throws when the pooler takes no transactions.
 */
export async function hasSession(client: DatabaseClient, url: string): Promise<boolean> {
  if (!client.isPooled) return true;
  // Poolers in statement mode end the connection.
  await client.query('BEGIN');
  await client.query('COMMIT');
  const config = { application_name: 'eventhooks-session-check', query_timeout: deadlineMs };
  const other = new pg.Client({ ...databaseConnection(url, config), connectionTimeoutMillis: deadlineMs });
  other.on('error', () => undefined);
  try {
    await other.connect();
  } catch {
    return true;
  }
  try {
    return await keepsProcess(client, other);
  } finally {
    await other.end().catch(() => undefined);
  }
}

async function keepsProcess(client: pg.Client, other: pg.Client): Promise<boolean> {
  const process = await readProcess(client);
  for (let comparison = 1; comparison <= comparisons; comparison += 1) {
    for (let asked = 0; asked < comparison; asked += 1) if ((await readProcess(other)) === process) return false;
    if ((await readProcess(client)) !== process) return false;
  }
  return true;
}

/** The process of PostgreSQL that serves the connection. */
async function readProcess(client: pg.Client): Promise<number | null> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? null;
}
