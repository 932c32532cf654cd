import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Schema } from './schema.ts';

export interface Database {
  /** For statements written by hand on the event path. */
  readonly pool: pg.Pool;
  /** For everything else. Shares the pool. */
  readonly kysely: Kysely<Schema>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Connections at most. */
  maxConnections?: number;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
  /** Called when a connection breaks; the pool replaces it by itself. */
  onError?: (error: Error) => void;
  /** For statements that may take as long as they like. */
  withoutQueryTimeout?: boolean;
}

/**
 * For every connection: waiting longer than this for one fails the query, and so does an answer that does not come. An
 * outage then shows as an error and not as silence, also where a peer is gone without a word.
 */
export const connectionTimeouts = {
  connectionTimeoutMillis: 5_000,
  query_timeout: 15_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
} satisfies pg.ClientConfig;

/** A pool on `url`. Nothing is connected until the first query. */
export function connectDatabase(url: string, options: DatabaseOptions = {}): Database {
  const pool = new pg.Pool({
    ...connectionTimeouts,
    ...(options.withoutQueryTimeout && { query_timeout: 0 }),
    connectionString: url,
    max: options.maxConnections ?? 10,
    idleTimeoutMillis: 60_000,
    application_name: options.applicationName ?? 'eventhooks',
  });
  const onError = (error: Error): void => options.onError?.(error);
  pool.on('error', onError);
  // The pool listens to idle connections only. One that breaks in a transaction, between two statements, has nobody else,
  // and an error event without a listener would end the process.
  pool.on('connect', (client) => client.on('error', onError));
  const kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  return {
    pool,
    kysely,
    async close() {
      await kysely.destroy();
      // Kysely ends the pool only where it has used it.
      if (!pool.ending) await pool.end();
    },
  };
}
