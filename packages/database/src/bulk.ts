import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import { type DeliveryFilter, deliveryPageQuery, isCancellable, leaveBatch } from './deliveries.ts';
import { type Lane, passOn } from './pass-on.ts';
import type { Schema } from './schema.ts';

/** The number of deliveries that the filter lets through, counted up to `most`. */
export async function countDeliveries(pool: pg.Pool, filter: DeliveryFilter, most: number): Promise<number> {
  const { text, values } = deliveryPageQuery(filter, most);
  const result = await pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM (${text}) AS page`, values);
  return result.rows[0]?.count ?? 0;
}

/** Makes deliveries due at once, with a fresh retry schedule; those that are on their way already are left. Resolves to the ids of the others. */
export async function retryDeliveries(
  db: Kysely<Schema>,
  workspace: string,
  ids: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    WITH locked AS (
      SELECT id FROM deliveries
      WHERE id = ANY(${ids}::uuid[]) AND workspace = ${workspace} AND (status <> 'waiting' OR reason = 'retry')
      ORDER BY id FOR UPDATE
    ), retried AS (
      UPDATE deliveries SET status = 'waiting', reason = 'manual_retry', schedule_step = 0, next_attempt_at = now(), updated_at = now(),
        ${sql.raw(leaveBatch)}
      FROM locked WHERE deliveries.id = locked.id RETURNING deliveries.id, hook_id
    ), probes AS (
      UPDATE hook_breakers SET probe_at = now() WHERE NOT probing AND hook_id IN (SELECT hook_id FROM retried)
    )
    SELECT id FROM retried`.execute(db);
  return rows.map(({ id }) => id);
}

/** Ends those of the deliveries that wait, or hold their key. Resolves to their ids. */
export async function cancelDeliveries(
  db: Kysely<Schema>,
  workspace: string,
  ids: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<Lane & { id: string }>`
    WITH locked AS (
      SELECT id, hook_id, order_key, reason, next_attempt_at FROM deliveries
      WHERE id = ANY(${ids}::uuid[]) AND workspace = ${workspace} AND ${sql.raw(isCancellable)}
      ORDER BY id FOR UPDATE
    )
    UPDATE deliveries SET status = 'cancelled', reason = 'manual_cancel', next_attempt_at = NULL, updated_at = now()
    FROM locked WHERE deliveries.id = locked.id
    RETURNING locked.id, locked.hook_id, locked.order_key, locked.reason, locked.next_attempt_at`.execute(db);
  await passOn(db, rows);
  return rows.map(({ id }) => id);
}
