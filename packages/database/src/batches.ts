import type pg from 'pg';
import { uuidArray } from './binary-arrays.ts';
import { hooksWithBacklog } from './due-deliveries.ts';
import { lowestId } from './events.ts';
import type { Row } from './schema.ts';

/** `data` is the JSON text of an object. */
export type BatchEvent = Omit<Row<'events'>, 'publisher_id' | 'position'> & {
  /** Its place in the batch, from 1 on. */
  place: number;
};

export interface ClaimedBatch {
  id: string;
  /** 1 on the first run. From the second on, some of the batch may be recorded already. */
  run: number;
  /** The configuration's version at this moment. Hooks are matched only once this version is known. */
  configurationVersion: bigint;
  /** Its place in the order of acceptance. */
  position: bigint;
  /** In the order in which they were published. */
  events: BatchEvent[];
}

/**
 * Claims batches for `leaseMs` and reads their events. A batch that is dispatched already, or that another worker
 * holds, is left out. A crash of PostgreSQL may lose a claim. The batch then runs again.
 */
export async function claimDispatchBatches(
  pool: pg.Pool,
  ids: readonly string[],
  leaseMs: number,
): Promise<ClaimedBatch[]> {
  const { rows } = await pool.query<ClaimedRow>({
    name: 'claim-dispatch-batches',
    text: 'SELECT * FROM claim_dispatch_batches($1::uuid[], $2)',
    values: [uuidArray(ids), leaseMs],
  });
  const batches = new Map<string, ClaimedBatch>();
  for (const { batch_id: id, runs, version, position, ...event } of rows) {
    let batch = batches.get(id);
    if (!batch) {
      batch = { id, run: runs, configurationVersion: BigInt(version), position: BigInt(position), events: [] };
      batches.set(id, batch);
    }
    // A batch whose events are gone, removed by hand for example, must end all the same.
    if (event.id !== null) batch.events.push(event);
  }
  return [...batches.values()];
}

type ClaimedRow = BatchEvent & { batch_id: string; runs: number; version: string; position: string };

/** Extends the lease of a slow batch by another `leaseMs`. */
export async function extendBatch(pool: pg.Pool, batchId: string, leaseMs: number): Promise<void> {
  await pool.query(`UPDATE dispatch_batches SET claimed_until = now() + $2 * interval '1 ms' WHERE id = $1`, [
    batchId,
    leaseMs,
  ]);
}

/** Hands a claimed batch back: any worker may take it, and the scheduler enqueues it again after `againMs`. */
export async function releaseBatch(pool: pg.Pool, batchId: string, againMs: number): Promise<void> {
  await pool.query(
    `UPDATE dispatch_batches SET claimed_until = NULL, due_at = now() + $2 * interval '1 ms' WHERE id = $1`,
    [batchId, againMs],
  );
}

/** The condition under which a batch that is due goes to the queue: no worker holds it. */
const isUnclaimed = '(claimed_until IS NULL OR claimed_until <= now())';

/**
 * The batches that are due for the queue and that no worker holds, oldest first, and how many events each has; each is
 * then not due again for `againMs`.
 */
export async function takeDueBatches(
  pool: pg.Pool,
  limit: number,
  againMs: number,
): Promise<{ id: string; events: number }[]> {
  const result = await pool.query<{ id: string; events: number }>({
    name: 'take-due-batches',
    text: `UPDATE dispatch_batches SET due_at = now() + $2 * interval '1 ms'
      -- An array, not IN: a join would be planned, and it may read the whole table.
      WHERE id = ANY(ARRAY(
        SELECT id FROM dispatch_batches WHERE due_at <= now() AND ${isUnclaimed}
        ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED))
      RETURNING id, event_count AS events`,
    values: [limit, againMs],
  });
  return result.rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Whether a batch is due, or a delivery that no open breaker holds back. The scheduler asks once per second, so that an
 * idle installation leaves the queue alone.
 */
export async function mayAnythingBeDue(connection: pg.Pool | pg.ClientBase): Promise<boolean> {
  const result = await connection.query<{ due: boolean }>(
    `${hooksWithBacklog('$1')}
     SELECT EXISTS (SELECT FROM dispatch_batches WHERE due_at <= now() AND ${isUnclaimed})
       OR EXISTS (
         SELECT FROM line WHERE EXISTS (SELECT FROM deliveries WHERE hook_id = line.hook_id AND next_attempt_at <= now())
           AND coalesce((SELECT probe_at <= now() FROM hook_breakers WHERE hook_id = line.hook_id), true)) AS due`,
    [lowestId],
  );
  return result.rows[0]?.due ?? false;
}

/** Makes batches that could not be enqueued due at once. */
export async function returnDueBatches(pool: pg.Pool, ids: readonly string[]): Promise<void> {
  await pool.query(`UPDATE dispatch_batches SET due_at = now() WHERE id = ANY($1::uuid[]) AND ${isUnclaimed}`, [ids]);
}

/** The number of events that are committed but not yet wholly dispatched. */
export async function countUndispatchedEvents(pool: pg.Pool): Promise<number> {
  const result = await pool.query<{ count: string }>(
    'SELECT coalesce(sum(event_count), 0) AS count FROM dispatch_batches',
  );
  return Number(result.rows[0]?.count ?? 0);
}

/** The version of hooks, sources, workspaces and tokens: it grows with each change. */
export async function readConfigurationVersion(pool: pg.Pool): Promise<bigint> {
  const result = await pool.query<{ version: string }>('SELECT version FROM configuration_version');
  return BigInt(result.rows[0]?.version ?? 0);
}
