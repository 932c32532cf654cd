import { databaseConnection } from '@eventhooks/config';
import { parseLossless } from '@eventhooks/contract';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { DatabaseClient } from './database-client.ts';
import type { Schema } from './schema.ts';

export interface Database {
  /** For statements written by hand: events, deliveries, and what processes note of them. */
  readonly pool: pg.Pool;
  /** For configuration: hooks, sources, workspaces, tokens, and the replays and audit entries of the API. Shares the pool. */
  readonly kysely: Kysely<Schema>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** 10 by default. */
  maxConnections?: number;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
  /** Called when a connection breaks; the pool replaces it by itself. */
  onError?: (error: Error) => void;
  /** For statements without a time limit; behind a pooler, those of the role hold. */
  withoutTimeouts?: boolean;
  /** For a server that takes no writes. Otherwise its connections would be replaced, in search of one that does. */
  isReplica?: boolean;
  /** For statements that look up rows: plans that are kept read no whole table that was small when they were made. */
  prefersIndexes?: boolean;
}

/**
 * Set on each connection that no pooler shares, whatever the URL, the role or the database says. pg reads dates of the style ISO only.
 * Statements count on seeing what others have committed meanwhile. A pool closes idle connections by itself.
 */
const ownSettings = {
  datestyle: 'ISO, YMD',
  default_transaction_isolation: 'read committed',
  idle_session_timeout: '0',
};

/** Limits of time, lifted. PostgreSQL 16 and older have no `transaction_timeout`. */
export const noLimits = {
  statement_timeout: '0',
  lock_timeout: '0',
  transaction_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
};

/** Columns of the type `json` keep their text, and so the numbers of payloads and schemas, and the order of their keys. */
const jsonOid = 114;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === jsonOid && format !== 'binary' ? parseLossless : pg.types.getTypeParser(oid, format),
};

/** A pool on `url`. Nothing is connected until the first query. */
export function connectDatabase(url: string, options: DatabaseOptions = {}): Database {
  const pool = new pg.Pool({
    ...databaseConnection(url, {
      ...(options.withoutTimeouts && { query_timeout: 0 }),
      application_name: options.applicationName ?? 'eventhooks',
    }),
    types,
    Client: DatabaseClient,
    max: options.maxConnections ?? 10,
    idleTimeoutMillis: 60_000,
    onConnect: async (client) => {
      if (!(client instanceof DatabaseClient)) return;
      await client.begin({
        ...ownSettings,
        ...(options.withoutTimeouts && noLimits),
        ...(options.prefersIndexes && { enable_seqscan: 'off' }),
      });
    },
  });
  const onError = (error: Error): void => options.onError?.(error);
  pool.on('error', onError);
  // The pool listens to idle connections only. One that breaks within a transaction, between two statements, would have no
  // listener, and an error event without a listener ends the process.
  pool.on('connect', (client) => client.on('error', onError));
  // The pool does not take back a connection that is ending, and makes a new one when it needs it.
  pool.on('release', (_error, client) => {
    if (!options.isReplica && client instanceof DatabaseClient && client.isWorthReplacing())
      client.end().catch(onError);
  });
  const kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  return {
    pool,
    kysely,
    async close() {
      await kysely.destroy();
      // Kysely ends the pool only if it has used it.
      if (!pool.ending) await pool.end();
    },
  };
}
