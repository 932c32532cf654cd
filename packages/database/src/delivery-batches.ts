import type pg from 'pg';
import type { WaitingDelivery } from './due-deliveries.ts';
import { newId } from './ids.ts';

export interface DeliveryBatchClaim {
  hookId: string;
  /** The most batches. */
  most: number;
  /** The most deliveries of a batch, and the most bytes of their items as JSON. */
  size: number;
  bytes: number;
  leaseMs: number;
}

/** Deliveries that are attempted by one request, in the order of their events. */
export interface ClaimedDeliveryBatch {
  id: string;
  deliveries: WaitingDelivery[];
}

export interface ClaimedDeliveryBatches {
  /** The configuration's version at this moment. */
  configurationVersion: bigint;
  batches: ClaimedDeliveryBatch[];
}

/**
 * Claims due deliveries of a hook in batches. A batch that was attempted before comes as it was, with its id.
 *
 * @returns null when nothing was due.
 */
export async function claimDeliveryBatches(
  pool: pg.Pool,
  { hookId, most, size, bytes, leaseMs }: DeliveryBatchClaim,
): Promise<ClaimedDeliveryBatches | null> {
  const { rows } = await pool.query<WaitingDelivery & { batch_id: string; version: string }>({
    name: 'claim-batches',
    // Deliveries with order are never collected.
    text: 'SELECT *, NULL AS order_key FROM claim_batches($1, $2, $3, $4, $5)',
    values: [hookId, Array.from({ length: most }, newId), size, bytes, leaseMs],
  });
  const [first] = rows;
  if (!first) return null;
  const batches = Map.groupBy(rows, ({ batch_id }) => batch_id);
  return {
    configurationVersion: BigInt(first.version),
    batches: [...batches].map(([id, deliveries]) => ({ id, deliveries })),
  };
}

/**
 * Makes the first delivery of each batch due that is full before its time, so that its hook is served. Hooks whose batches wait for
 * a second at most are due soon enough.
 *
 * @param bytes of data from which on a batch is full, however many deliveries it has.
 */
export async function endFullBatches(pool: pg.Pool, bytes: number): Promise<void> {
  await pool.query({
    name: 'end-full-batches',
    text: `UPDATE deliveries SET next_attempt_at = now() WHERE id IN (
        SELECT waiting.ids[1] FROM event_hooks AS hook CROSS JOIN LATERAL (
          SELECT array_agg(collected.id ORDER BY next_attempt_at, event_id) AS ids, sum(octet_length(events.data)) AS bytes FROM (
            SELECT id, event_id, next_attempt_at FROM deliveries
            WHERE hook_id = hook.id AND next_attempt_at > now() AND next_attempt_at < 'infinity' AND reason = 'batch'
            ORDER BY next_attempt_at LIMIT (hook.batch->>'size')::int) AS collected
          JOIN events ON events.id = collected.event_id) AS waiting
        WHERE hook.batch IS NOT NULL AND hook.order_by IS NULL AND hook.enabled AND hook.paused IS NOT TRUE AND (hook.batch->>'wait')::int > 1
          AND (cardinality(waiting.ids) = (hook.batch->>'size')::int OR waiting.bytes >= $1))`,
    values: [bytes],
  });
}
