import type pg from 'pg';
import { hooksWithBacklog } from './due-deliveries.ts';
import { lowestId } from './events.ts';
import type { Row } from './schema.ts';

/** `data` is the JSON text of an object. */
export type BatchEvent = Omit<Row<'events'>, 'publisher_id' | 'position'> & {
  /** Its place in the batch, from 1 on. */
  place: number;
};

export interface ClaimedBatch {
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
 * Claims a batch for `leaseMs` and reads its events.
 *
 * @returns null when the batch is dispatched already, or another worker holds it: nothing to do.
 */
export async function claimBatch(pool: pg.Pool, batchId: string, leaseMs: number): Promise<ClaimedBatch | null> {
  const result = await pool.query<BatchEvent & { runs: number; version: string; position: string }>({
    name: 'claim-batch',
    text: `WITH claimed AS (
        UPDATE dispatch_batches
        SET runs = runs + 1, claimed_until = now() + $2 * interval '1 ms', due_at = now() + $2 * interval '1 ms'
        WHERE id = $1 AND (claimed_until IS NULL OR claimed_until <= now())
        RETURNING event_ids, runs, position
      )
      SELECT events.id, events.workspace, events.source, events.event, events.data, events.traceparent, claimed.runs,
        claimed.position, listed.place::int, (SELECT version FROM configuration_version)
      FROM claimed, unnest(claimed.event_ids) WITH ORDINALITY AS listed (id, place)
      LEFT JOIN events ON events.id = listed.id
      ORDER BY listed.place`,
    values: [batchId, leaseMs],
  });
  const [first] = result.rows;
  if (!first) return null;
  // A batch whose events are gone, removed by hand for example, must end all the same.
  const events = result.rows.filter(({ id }) => id !== null);
  const { runs, version, position } = first;
  return { run: runs, configurationVersion: BigInt(version), position: BigInt(position), events };
}

/** Extends the lease of a slow batch by another `leaseMs`. */
export async function extendBatch(pool: pg.Pool, batchId: string, leaseMs: number): Promise<void> {
  await pool.query(
    `UPDATE dispatch_batches SET claimed_until = now() + $2 * interval '1 ms', due_at = now() + $2 * interval '1 ms'
     WHERE id = $1`,
    [batchId, leaseMs],
  );
}

/** Hands a claimed batch back: any worker may take it, and the scheduler offers it again after `againMs`. */
export async function releaseBatch(pool: pg.Pool, batchId: string, againMs: number): Promise<void> {
  await pool.query(
    `UPDATE dispatch_batches SET claimed_until = NULL, due_at = now() + $2 * interval '1 ms' WHERE id = $1`,
    [batchId, againMs],
  );
}

/**
 * The batches that are due for the queue, oldest first, and how many events each has; each is then not due again for
 * `againMs`.
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
        SELECT id FROM dispatch_batches WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED))
      RETURNING id, event_count AS events`,
    values: [limit, againMs],
  });
  return result.rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Whether a batch is due, or a delivery that no open breaker holds back. The scheduler asks once per second, so that an idle
 * installation leaves the queue alone.
 */
export async function mayAnythingBeDue(connection: pg.Pool | pg.ClientBase): Promise<boolean> {
  const result = await connection.query<{ due: boolean }>(
    `${hooksWithBacklog('$1')}
     SELECT EXISTS (SELECT FROM dispatch_batches WHERE due_at <= now())
       OR EXISTS (
         SELECT FROM line WHERE EXISTS (SELECT FROM deliveries WHERE hook_id = line.hook_id AND next_attempt_at <= now())
           AND coalesce((SELECT probe_at <= now() FROM hook_breakers WHERE hook_id = line.hook_id), true)) AS due`,
    [lowestId],
  );
  return result.rows[0]?.due ?? false;
}

/** Makes batches that could not be enqueued due at once. */
export async function returnDueBatches(pool: pg.Pool, ids: readonly string[]): Promise<void> {
  await pool.query(
    'UPDATE dispatch_batches SET due_at = now() WHERE id = ANY($1::uuid[]) AND (claimed_until IS NULL OR claimed_until <= now())',
    [ids],
  );
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
