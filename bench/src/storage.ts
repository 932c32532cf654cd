import pg from 'pg';

/** Bytes that PostgreSQL has written to WAL since its start, and that the rows of events and deliveries take with their indexes. */
export interface Storage {
  walBytes: number;
  diskBytes: number;
}

/** Reads sizes of files, so it costs nothing that is measured. */
export async function readStorage(databaseUrl: string): Promise<Storage> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ wal: string; disk: string }>(
      `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS wal,
         (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhparent
          WHERE relkind = 'p' AND relnamespace = 'public'::regnamespace) AS disk`,
    );
    return { walBytes: Number(rows[0]?.wal), diskBytes: Number(rows[0]?.disk) };
  } finally {
    await client.end();
  }
}
