import type { Hook } from '@eventhooks/contract';
import { commitEvents, insertHook, newId } from '@eventhooks/database';
import { parseEgressAllow } from '@eventhooks/delivery';
import type pg from 'pg';
import { createTestDatabase, redisUrl, testSecretKey, waitFor } from '../../../tests/support/index.ts';
import type { WorkerConfig } from '../src/config.ts';
import { createContext, type WorkerContext } from '../src/context.ts';
import type { DispatchTools } from '../src/dispatch/dispatch.ts';
import { createDispatcher } from '../src/dispatch/dispatcher.ts';

/** The parts of a worker on a database of their own. No job is taken and no scheduler runs: tests call the stages. */
export interface TestWorker {
  config: WorkerConfig;
  context: WorkerContext;
  /** Inserts a hook for `crud`/`consumers` that delivers to `url`, and waits until the worker knows it. */
  createHook(url: string, fields?: object): Promise<string>;
  /** Dispatches committed batches as a job does, and waits until that has ended. `changes` replace tools of the worker. */
  dispatch(batchIds: string[], changes?: Partial<DispatchTools>): Promise<void>;
  /** Commits events in one batch, which is not enqueued. */
  commit(count: number): Promise<{ batchId: string; eventIds: string[] }>;
  query<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  /** The hook's deliveries, in the order of their events. */
  deliveriesOf(hookId: string): Promise<StoredDelivery[]>;
  /** Makes a batch of `count` deliveries of the hook wait, due since a moment ago, the first one for longest. */
  park(hookId: string, count: number): Promise<string[]>;
  close(): Promise<void>;
}

export interface StoredDelivery {
  id: string;
  status: string;
  reason: string | null;
  error_code: string | null;
  attempt_count: number;
  /** Until it is due, by PostgreSQL's clock; null unless it waits. */
  due_in_ms: number | null;
}

/**
 * @param prefix of the queue: one that `uniquePrefix` made.
 * @param now the clock of admission, unless the real one is meant.
 */
export async function openTestWorker(
  prefix: string,
  changes: Partial<WorkerConfig> = {},
  now?: () => number,
): Promise<TestWorker> {
  const database = await createTestDatabase();
  const config = { ...configOf(database.url, prefix), ...changes };
  const context = await createContext(config, now && { now, timerNow: () => 0 });
  const { pool, kysely } = context.database;
  const query: TestWorker['query'] = async (text, values) => (await pool.query(text, values)).rows;

  const commit: TestWorker['commit'] = async (count) => {
    const events = Array.from({ length: count }, (_, n) => ({
      id: newId(),
      workspace: 'default',
      source: 'crud',
      event: 'consumers',
      data: JSON.stringify({ n }),
      publisherId: null,
    }));
    const { batchId } = await commitEvents(pool, events);
    return { batchId: batchId ?? '', eventIds: events.map(({ id }) => id) };
  };
  const deliveriesOf: TestWorker['deliveriesOf'] = (hookId) =>
    query(
      `SELECT id, status, reason, error_code, attempt_count,
         (extract(epoch FROM next_attempt_at) - extract(epoch FROM now()))::float8 * 1000 AS due_in_ms
       FROM deliveries WHERE hook_id = $1 ORDER BY event_id`,
      [hookId],
    );
  return {
    config,
    context,
    commit,
    query,
    async dispatch(batchIds, changes = {}) {
      const dispatcher = createDispatcher({ ...context, stopping: new AbortController().signal, ...changes });
      await dispatcher.take({ version: 1, batchIds });
      await dispatcher.whenIdle();
    },
    deliveriesOf,
    async createHook(url, fields = {}) {
      const hook: Hook = { ...hookOf(url), ...fields };
      await insertHook(kysely, context.keyring, hook);
      await waitFor(() => context.hooks.find(hook.id));
      return hook.id;
    },
    async park(hookId, count) {
      const { batchId, eventIds } = await commit(count);
      await query('DELETE FROM dispatch_batches WHERE id = $1', [batchId]);
      const rows = await query<{ id: string }>(
        `INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status, reason, attempt_count, schedule_step, next_attempt_at)
         SELECT event_id, event_id, $1, 'default', 'crud', 'consumers', 'waiting', 'no_slot', 0, 0,
           now() - interval '1 s' + position * interval '1 ms'
         FROM unnest($2::uuid[]) WITH ORDINALITY AS given (event_id, position) RETURNING id`,
        [hookId, eventIds],
      );
      return rows.map(({ id }) => id);
    },
    async close() {
      await context.close();
      await database.drop();
    },
  };
}

function configOf(databaseUrl: string, prefix: string): WorkerConfig {
  const egress = parseEgressAllow('127.0.0.0/8');
  if (!egress.ok) throw new Error(egress.faults.join());
  return {
    databaseUrl,
    databaseDirectUrl: null,
    queue: { kind: 'redis', url: redisUrl(), prefix: `{${prefix}}`, shards: 1 },
    host: '127.0.0.1',
    port: 0,
    secretKeys: [Buffer.from(testSecretKey, 'base64')],
    egress: egress.policy,
    dnsServers: null,
    egressProxyUrl: null,
    retryScheduleMs: [3_600_000],
    deliveryTimeoutMs: 10_000,
    retentionMs: 7 * 86_400_000,
    archiveTarget: null,
    archiveWaitMs: 7 * 86_400_000,
    keepAttempts: 'full',
    tracing: null,
    logLevel: 'silent',
  };
}

function hookOf(url: string): Hook {
  return {
    id: newId(),
    workspace: 'default',
    source: 'crud',
    event: 'consumers',
    handler: 'webhook',
    config: {
      url,
      headers: {},
      secret: null,
      ssl_verify: false,
      signature_algorithm: 'sha1',
      ca: null,
      client_cert: null,
      client_key: null,
    },
    events: null,
    filter: null,
    paused: null,
    expires_at: null,
    order_by: null,
    on_exhausted: null,
    snooze: null,
    snooze_edge: null,
    batch: null,
    on_change: null,
    enabled: true,
    name: null,
    tags: [],
    retry: null,
    timeout: null,
    rate_limit: null,
    max_in_flight: null,
    redact: [],
    explicit: [],
    old_secrets: [],
    unreadable: [],
    created_at: 0,
    updated_at: 0,
  };
}
