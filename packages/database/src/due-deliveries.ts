import type pg from 'pg';
import { lowestId } from './events.ts';
import { timeOfIdSql } from './ids.ts';
import type { Row } from './schema.ts';

/**
 * The table expression `line (hook_id)`: hooks with waiting deliveries, in order, from the one after `after` on. Jumps along
 * the index from hook to hook, however many deliveries each has. Reads no further than it is asked to.
 */
export const hooksWithBacklog = (after: string): string => `
  WITH RECURSIVE line AS (
    (SELECT hook_id FROM deliveries WHERE next_attempt_at IS NOT NULL AND hook_id > ${after} ORDER BY hook_id LIMIT 1)
    UNION ALL
    SELECT next.hook_id FROM line CROSS JOIN LATERAL (
      SELECT hook_id FROM deliveries WHERE next_attempt_at IS NOT NULL AND hook_id > line.hook_id
      ORDER BY hook_id LIMIT 1) AS next
  )`;

/** A hook that could be served now, and how many of its deliveries are due, counted up to a bound. */
export interface DueHook {
  hookId: string;
  due: number;
}

/**
 * Hooks with due deliveries, in the order of their ids after `after`. A hook with an open breaker is included only when the
 * breaker's next probe is due, and a paused one not at all.
 */
export async function listDueHooks(
  pool: pg.Pool,
  { after, hooks, countUpTo }: { after: string | null; hooks: number; countUpTo: number },
): Promise<DueHook[]> {
  const result = await pool.query<{ hook_id: string; due: number }>({
    name: 'list-due-hooks',
    text: `${hooksWithBacklog('$1')}
      SELECT line.hook_id, counted.due FROM line
      CROSS JOIN LATERAL (
        SELECT count(*)::int AS due FROM (
          SELECT FROM deliveries WHERE hook_id = line.hook_id AND next_attempt_at <= now() LIMIT $3) AS first_due
      ) AS counted
      -- No join, which could change the order.
      WHERE counted.due > 0
        AND NOT EXISTS (SELECT FROM event_hooks WHERE id = line.hook_id AND paused AND enabled)
        AND coalesce((SELECT probe_at <= now() FROM hook_breakers WHERE hook_id = line.hook_id), true)
      LIMIT $2`,
    values: [after ?? lowestId, hooks, countUpTo],
  });
  return result.rows.map(({ hook_id, due }) => ({ hookId: hook_id, due }));
}

export interface BacklogClaim {
  hookId: string;
  /** The most deliveries. */
  most: number;
  leaseMs: number;
}

/** A delivery, with the data (JSON text) and trace of its event. */
export type WaitingDelivery = Pick<
  Row<'deliveries'>,
  | 'id'
  | 'event_id'
  | 'hook_id'
  | 'workspace'
  | 'source'
  | 'event'
  | 'attempt_count'
  | 'schedule_step'
  | 'suppressed_count'
  | 'order_key'
> &
  Pick<Row<'events'>, 'data' | 'traceparent'>;

export interface ClaimedDeliveries {
  /** The configuration's version at this moment. Hooks are looked up only once this version is known. */
  configurationVersion: bigint;
  deliveries: WaitingDelivery[];
}

/**
 * Claims due deliveries, each hook's oldest first: no other worker gets them before their lease ends. Deliveries without an
 * outcome by then are due again. A crash of PostgreSQL may lose a claim.
 *
 * @returns null when nothing was due.
 */
export async function claimDueDeliveries(
  pool: pg.Pool,
  claims: readonly BacklogClaim[],
): Promise<ClaimedDeliveries | null> {
  const result = await pool.query<WaitingDelivery & { version: string }>({
    name: 'claim-due-deliveries',
    text: 'SELECT * FROM claim_due_deliveries($1::uuid[], $2::int[], $3::float8[])',
    values: [claims.map(({ hookId }) => hookId), claims.map(({ most }) => most), claims.map(({ leaseMs }) => leaseMs)],
  });
  const [first] = result.rows;
  return first ? { configurationVersion: BigInt(first.version), deliveries: result.rows } : null;
}

/**
 * Gives back claimed deliveries whose hook was paused or disabled before any was attempted: they are due as others of the pause
 * are, in the order of their events, or are cancelled. A claim whose lease has run out may be another worker's by now.
 */
export async function returnClaimed(pool: pg.Pool, ids: readonly string[]): Promise<void> {
  await pool.query(
    `UPDATE deliveries SET next_attempt_at = least(now(), ${timeOfIdSql('event_id')}),
       reason = CASE WHEN EXISTS (SELECT FROM event_hooks WHERE id = hook_id AND enabled) THEN 'paused' ELSE 'hook_disabled' END
     WHERE id = ANY($1::uuid[]) AND reason = 'in_flight' AND next_attempt_at > now()`,
    [ids],
  );
}

/**
 * Cancels at most `limit` due deliveries of a hook that is deleted or disabled. The table of hooks decides and not the
 * caller, who may not know of a new hook yet and would take it for deleted.
 *
 * @returns the number of cancelled deliveries.
 */
export async function cancelDueDeliveries(pool: pg.Pool, hookId: string, limit: number): Promise<number> {
  const result = await pool.query(
    `WITH behind AS MATERIALIZED (
       -- Deliveries behind others of their key come first. The due ones are left for last, because by them the hook is found.
       SELECT id FROM deliveries WHERE hook_id = $1 AND next_attempt_at = 'infinity' LIMIT $2 FOR UPDATE SKIP LOCKED
     ), due AS MATERIALIZED (
       SELECT id FROM deliveries WHERE hook_id = $1 AND next_attempt_at <= now()
       ORDER BY next_attempt_at LIMIT $2 - (SELECT count(*) FROM behind) FOR UPDATE SKIP LOCKED
     )
     UPDATE deliveries SET status = 'cancelled', next_attempt_at = NULL, updated_at = now(),
       reason = CASE WHEN EXISTS (SELECT FROM event_hooks WHERE id = $1) THEN 'hook_disabled' ELSE 'hook_deleted' END
     WHERE id IN (SELECT id FROM behind UNION ALL SELECT id FROM due)
     AND NOT EXISTS (SELECT FROM event_hooks WHERE id = $1 AND enabled)`,
    [hookId, limit],
  );
  return result.rowCount ?? 0;
}
