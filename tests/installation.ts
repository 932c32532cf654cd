import { setTimeout as sleep } from 'node:timers/promises';
import { migrateQueue } from '@eventhooks/queue';
import pg from 'pg';
import { type App, createTestDatabase, spawnApp, type TestDatabase, waitFor } from './support/index.ts';

export interface Installation extends AsyncDisposable {
  admin: App;
  workers: App[];
  databaseUrl: string;
  /** The database's URL past the pooler, for what a test itself does in a session. */
  directUrl: string;
  /** The environment that every process was started with. */
  env: Record<string, string>;
  /** Calls the Admin API with a JSON body, and reads a JSON answer. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape, and fail where it is another one
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>;
  createHook(hook: Record<string, unknown>): Promise<string>;
  query<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  addWorker(): Promise<App>;
  /**
   * Lets every lease and grace run out now. For tests whose workers are dead or frozen: a live one loses what it holds.
   */
  expireLeases(): Promise<void>;
  /** Resolves when nothing waits: no batch, no delivery. */
  waitForRest(timeoutMs?: number): Promise<void>;
  deleteHooks(): Promise<void>;
}

/**
 * One admin and `workers` workers as processes of their own, on a database of their own; on Redis where `redis` names
 * one.
 */
export async function startInstallation(options: {
  workers: number;
  redis?: { url: string; prefix: string };
  env?: Record<string, string>;
  /** One of the caller's, who drops it. */
  database?: TestDatabase;
}): Promise<Installation> {
  const database = options.database ?? (await createTestDatabase());
  if (!options.redis) await migrateQueue(database.directUrl);
  const env = {
    ...(options.redis ? { DATABASE_URL: database.url } : database.env),
    EVENTHOOKS_EGRESS_ALLOW: '127.0.0.0/8',
    EVENTHOOKS_LOG_LEVEL: 'warn',
    ...(options.redis && { REDIS_URL: options.redis.url, EVENTHOOKS_QUEUE_PREFIX: options.redis.prefix }),
    ...options.env,
  };
  const admin = await spawnApp('admin', env);
  const workers = await Promise.all(Array.from({ length: options.workers }, () => spawnApp('worker', env)));
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  const query: Installation['query'] = async (text, values) => (await pool.query(text, values)).rows;
  const call: Installation['call'] = async (method, path, body) => {
    const response = await fetch(admin.url + path, {
      method,
      ...(body !== undefined && {
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  };
  return {
    admin,
    workers,
    databaseUrl: database.url,
    directUrl: database.directUrl,
    env,
    call,
    async createHook(hook) {
      const { status, body } = await call('POST', '/event-hooks', hook);
      if (status !== 201) throw new Error(`hook refused: ${JSON.stringify(body)}`);
      return body.id;
    },
    query,
    async addWorker() {
      const worker = await spawnApp('worker', env);
      workers.push(worker);
      return worker;
    },
    async expireLeases() {
      await query('UPDATE dispatch_batches SET claimed_until = now(), due_at = now()');
      // Deliveries that are not due by time hold no lease.
      await query(`UPDATE deliveries SET next_attempt_at = now() WHERE next_attempt_at < 'infinity'`);
    },
    async waitForRest(timeoutMs = 60_000) {
      const waiting = `SELECT 1 FROM dispatch_batches UNION ALL SELECT 1 FROM deliveries WHERE next_attempt_at IS NOT NULL LIMIT 1`;
      await waitFor(async () => (await query(waiting)).length === 0, { timeoutMs, what: 'nothing to wait' });
    },
    async deleteHooks() {
      for (const { id } of (await call('GET', '/event-hooks?size=1000')).body.data) {
        await call('DELETE', `/event-hooks/${id}`);
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([admin, ...workers].map((app) => app.stop()));
      await pool.end();
      if (!options.database) await database.drop();
    },
  };
}

/** `count` events of crud/consumers, numbered from `start` in `data.n`. */
export function numberedEvents(count: number, start = 0): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, index) => ({
    source: 'crud',
    event: 'consumers',
    data: { n: start + index, note: 'numbered' },
  }));
}

/** Publishes numbered events in requests of 500, a few at once, and expects each to be accepted. */
export async function publishNumbered(installation: Installation, count: number, start = 0): Promise<string[]> {
  const ids: string[] = [];
  const pages = Array.from({ length: Math.ceil(count / 500) }, (_, page) => page * 500);
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let from = pages.shift(); from !== undefined; from = pages.shift()) {
        const events = numberedEvents(Math.min(500, count - from), start + from);
        const { status, body } = await installation.call('POST', '/events', events);
        if (status !== 202) throw new Error(`events refused with ${status}: ${JSON.stringify(body)}`);
        ids.push(...body.data.map((receipt: { id: string }) => receipt.id));
        await sleep(0);
      }
    }),
  );
  return ids;
}

/** How often each number arrived. */
export function countArrivals(requests: readonly { body: Buffer }[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { body } of requests) {
    const { n } = JSON.parse(body.toString());
    counts.set(n, (counts.get(n) ?? 0) + 1);
  }
  return counts;
}
