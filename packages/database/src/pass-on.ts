import { type Kysely, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** A lane: the deliveries of a hook with one key that have not ended, or hold it. The migration 0018 has the index of its name. */
export const inLane = `order_key IS NOT NULL AND (next_attempt_at IS NOT NULL OR reason = 'holds_key')`;

/** The lane of a delivery that was cancelled, and how it waited. */
export interface Lane {
  hook_id: string;
  order_key: string | null;
  reason: string | null;
  next_attempt_at: Date | number | null;
}

/**
 * Makes the heads of the lanes of cancelled deliveries due. Where one of these is being attempted, the next one waits for the end of its
 * lease, unless the worker that attempts it claims the next one before.
 */
export async function passOn(db: Kysely<Schema>, cancelled: readonly Lane[]): Promise<void> {
  const lanes = cancelled.flatMap(({ hook_id, order_key, reason, next_attempt_at }) => {
    if (order_key === null) return [];
    const isInFlight = reason === 'in_flight' && next_attempt_at instanceof Date;
    return [{ hook_id, order_key, at: isInFlight ? next_attempt_at : new Date(0) }];
  });
  if (lanes.length === 0) return;
  await sql`
    UPDATE deliveries SET reason = 'order', next_attempt_at = greatest(lane.at, now())
    FROM (
      SELECT DISTINCT ON (hook_id, order_key) * FROM unnest(${lanes.map(({ hook_id }) => hook_id)}::uuid[],
        ${lanes.map(({ order_key }) => order_key)}::text[], ${lanes.map(({ at }) => at)}::timestamptz[]) AS given (hook_id, order_key, at)
      ORDER BY hook_id, order_key, at DESC
    ) AS lane CROSS JOIN LATERAL (
      SELECT id FROM deliveries WHERE hook_id = lane.hook_id AND order_key = lane.order_key AND ${sql.raw(inLane)}
      ORDER BY order_position LIMIT 1
    ) AS head
    WHERE deliveries.id = head.id AND deliveries.next_attempt_at = 'infinity' AND deliveries.reason IN ('order', 'manual_retry')`.execute(
    db,
  );
}
