import { createHash } from 'node:crypto';
import type pg from 'pg';
import { int4Array, textArray, uuidArray } from './binary-arrays.ts';
import type { WaitingDelivery } from './due-deliveries.ts';
import { durabilityOf } from './durability.ts';
import { lowestId } from './events.ts';
import { newId, timeOfId } from './ids.ts';
import { inLane } from './pass-on.ts';
import type { DeliveryRecord } from './record-deliveries.ts';

/** Longer keys are kept as a hash: they are in indexes. */
const longestKey = 128;
const generationDigits = 8;

/** The key of a delivery as it is stored: the generation of the hook's `order_by`, and the key or, where that is long, its hash. */
export function laneKeyOf(generation: number, key: string): string {
  const isKept = Buffer.byteLength(key) <= longestKey && !key.includes('\0');
  const stored = isKept ? `=${key}` : `#${createHash('sha256').update(key).digest('hex')}`;
  return generation.toString(16).padStart(generationDigits, '0') + stored;
}

/** The key for people: as it was computed, or `sha256:` and its hash. */
export function printLaneKey(laneKey: string): string {
  const key = laneKey.slice(generationDigits + 1);
  return laneKey[generationDigits] === '#' ? `sha256:${key}` : key;
}

/** A new delivery of a hook with order. */
export interface OrderedRecord {
  record: DeliveryRecord;
  laneKey: string;
  /** Its event's place in the order of acceptance. */
  position: string;
}

/** The place of an event in the order of acceptance, by its batch and its place there. */
export function positionOf(batchPosition: bigint, place: number): string {
  return String((batchPosition << 16n) + BigInt(place));
}

/** The place of an event that was stored by a release that knew none: before all others, and by its id among its like. */
export function positionWithout(eventId: string): string {
  const counter = Number.parseInt(eventId.slice(15, 18), 16);
  return String((BigInt(timeOfId(eventId)) << 12n) + BigInt(counter) - (1n << 62n));
}

/**
 * Records ordered deliveries of a batch. With the last of them the same statement says that the batch holds up no others: no delivery
 * of a later batch was attempted in a lane before.
 *
 * @param end `more` of the batch's ordered deliveries follow; all are `recorded`; or the batch is `done`, has nothing else, and
 * leaves the outbox.
 */
export async function recordOrdered(
  pool: pg.Pool,
  batchId: string,
  ordered: readonly OrderedRecord[],
  end: keyof typeof batchEnds,
  isDurable = false,
): Promise<void> {
  const sorted = ordered.toSorted((a, b) => (a.record.id < b.record.id ? -1 : 1));
  const column = <T>(pick: (one: OrderedRecord) => T): T[] => sorted.map(pick);
  await pool.query({
    name: `record-ordered-${end}`,
    text: `WITH ${durabilityOf('$14')}, batch AS (${batchEnds[end]} WHERE id = $1)
      INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status, reason, suppressed_count, suppressed_until,
        order_key, order_position, next_attempt_at)
      SELECT given.*, CASE WHEN status = 'waiting' THEN 'infinity'::timestamptz END
      FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int[],
        $11::timestamptz[], $12::text[], $13::bigint[])
        AS given (id, event_id, hook_id, workspace, source, event, status, reason, suppressed_count, suppressed_until, order_key,
          order_position), durability
      WHERE setting IS NOT NULL
      ON CONFLICT (id) DO NOTHING`,
    values: [
      batchId,
      uuidArray(column(({ record }) => record.id)),
      uuidArray(column(({ record }) => record.eventId)),
      uuidArray(column(({ record }) => record.hookId)),
      textArray(column(({ record }) => record.workspace)),
      textArray(column(({ record }) => record.source)),
      textArray(column(({ record }) => record.event)),
      textArray(column(({ record }) => record.status)),
      textArray(column(({ record }) => record.reason)),
      int4Array(column(({ record }) => record.suppressedCount)),
      column(({ record }) => record.suppressedUntil),
      textArray(column(({ laneKey }) => laneKey)),
      column(({ position }) => position),
      isDurable,
    ],
  });
}

const batchEnds = {
  more: 'SELECT FROM dispatch_batches',
  recorded: 'UPDATE dispatch_batches SET holds_order = false',
  done: 'DELETE FROM dispatch_batches',
} as const;

/** Says that a batch without ordered deliveries holds up no others. Its own dispatch may take its time. */
export async function releaseOrder(pool: pg.Pool, batchId: string): Promise<void> {
  await pool.query({
    name: 'release-order',
    text: 'UPDATE dispatch_batches SET holds_order = false WHERE id = $1 AND holds_order',
    values: [batchId],
  });
}

export interface LaneClaim {
  hookId: string;
  /** Lanes to look at beside those with something due. */
  keys: readonly string[];
  /** The same, of lanes whose attempts have all ended. */
  freeKeys: readonly string[];
  /** The most lanes, and the most deliveries. With 0, heads that nobody waits for become due, and no more. */
  mostLanes: number;
  most: number;
  /** The most deliveries of one lane. */
  stretch: number;
  leaseMs: number;
}

export interface ClaimedLanes<D extends WaitingDelivery = WaitingDelivery> {
  /** The configuration's version at this moment. Hooks are looked up only once this version is known. */
  configurationVersion: bigint;
  /** In the order in which they must be attempted, where they have the same key. */
  deliveries: D[];
  /** Claimed while one before it in its lane changed. They must be put back. */
  torn: D[];
  /** Whether a batch that is not dispatched yet holds up others. */
  isHeldUp: boolean;
}

/** Claims deliveries of a hook with order: see functions/claim-lanes.sql. */
export async function claimLanes(pool: pg.Pool, claim: LaneClaim): Promise<ClaimedLanes> {
  const { hookId, keys, freeKeys, mostLanes, most, stretch, leaseMs } = claim;
  const result = await pool.query<LaneRow<WaitingDelivery>>({
    name: 'claim-lanes',
    text: 'SELECT * FROM claim_lanes($1, $2, $3, $4, $5, $6, $7)',
    values: [hookId, textArray(keys), textArray(freeKeys), mostLanes, most, stretch, leaseMs],
  });
  return readClaimed(result.rows);
}

export interface LaneBatchClaim extends Pick<LaneClaim, 'hookId' | 'keys' | 'freeKeys' | 'mostLanes' | 'leaseMs'> {
  /** The most deliveries of a batch, and the most bytes of their items as JSON. */
  size: number;
  bytes: number;
  /** How long a batch that is not full waits, from its first event on. */
  waitSeconds: number;
}

/** A delivery that was claimed with others of its lane, to be attempted by one request. */
export type BatchedDelivery = WaitingDelivery & { batch_id: string };

/** Claims batches of a hook with order, one of each lane at most: see functions/claim-lane-batches.sql. */
export async function claimLaneBatches(pool: pg.Pool, claim: LaneBatchClaim): Promise<ClaimedLanes<BatchedDelivery>> {
  const { hookId, keys, freeKeys, mostLanes, size, bytes, waitSeconds, leaseMs } = claim;
  const batchIds = Array.from({ length: mostLanes }, newId);
  const result = await pool.query<LaneRow<BatchedDelivery>>({
    name: 'claim-lane-batches',
    text: 'SELECT * FROM claim_lane_batches($1, $2, $3, $4, $5, $6, $7, $8)',
    values: [hookId, textArray(keys), textArray(freeKeys), uuidArray(batchIds), size, bytes, waitSeconds, leaseMs],
  });
  return readClaimed(result.rows);
}

type LaneRow<D> = D & { version: string; is_torn: boolean };

function readClaimed<D extends WaitingDelivery>(all: readonly LaneRow<D>[]): ClaimedLanes<D> {
  const rows = all.filter(({ id }) => id !== null);
  return {
    configurationVersion: BigInt(rows[0]?.version ?? -1),
    deliveries: rows.filter(({ is_torn }) => !is_torn),
    torn: rows.filter(({ is_torn }) => is_torn),
    isHeldUp: rows.length < all.length,
  };
}

/** Makes heads of lanes due that nobody waits for. */
export async function wakeLanes(pool: pg.Pool, hookId: string, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await claimLanes(pool, { hookId, keys, freeKeys: [], mostLanes: 0, most: 0, stretch: 1, leaseMs: 0 });
}

/** Hooks with deliveries that wait behind others, with whether the hook is there and enabled, and whether it may be delivered to now. */
export interface LanedHook {
  hookId: string;
  isEnabled: boolean;
  isServed: boolean;
}

export async function listLanedHooks(pool: pg.Pool): Promise<LanedHook[]> {
  const result = await pool.query<{ hook_id: string; is_enabled: boolean; is_served: boolean }>({
    name: 'list-laned-hooks',
    // Jumps along the index of lanes from hook to hook: without any order it is empty.
    text: `WITH RECURSIVE line AS (
        (SELECT hook_id FROM deliveries WHERE hook_id > $1 AND ${inLane} ORDER BY hook_id LIMIT 1)
        UNION ALL
        SELECT next.hook_id FROM line CROSS JOIN LATERAL (
          SELECT hook_id FROM deliveries WHERE hook_id > line.hook_id AND ${inLane} ORDER BY hook_id LIMIT 1) AS next
      )
      SELECT line.hook_id, coalesce(hook.enabled, false) AS is_enabled,
        hook.paused IS NOT TRUE AND NOT EXISTS (SELECT FROM hook_breakers WHERE hook_id = line.hook_id) AS is_served
      FROM line LEFT JOIN event_hooks AS hook ON hook.id = line.hook_id`,
    values: [lowestId],
  });
  return result.rows.map(({ hook_id, is_enabled, is_served }) => ({
    hookId: hook_id,
    isEnabled: is_enabled,
    isServed: is_served,
  }));
}

/** Keys of a hook's lanes in their order, from the one after `after` on. Jumps along the index from key to key. */
export async function listLaneKeys(pool: pg.Pool, hookId: string, after: string, limit: number): Promise<string[]> {
  const result = await pool.query<{ order_key: string }>({
    name: 'list-lane-keys',
    text: `WITH RECURSIVE lane AS (
        (SELECT order_key FROM deliveries WHERE hook_id = $1 AND ${inLane} AND order_key > $2 ORDER BY order_key LIMIT 1)
        UNION ALL
        SELECT next.order_key FROM lane CROSS JOIN LATERAL (
          SELECT order_key FROM deliveries WHERE hook_id = $1 AND ${inLane} AND order_key > lane.order_key
          ORDER BY order_key LIMIT 1) AS next
      )
      SELECT order_key FROM lane LIMIT $3`,
    values: [hookId, after, limit],
  });
  return result.rows.map(({ order_key }) => order_key);
}

/** Lets keys of the current `order_by` go on for hooks whose deliveries with older keys are finished. */
export async function advanceOrder(pool: pg.Pool): Promise<void> {
  await pool.query(
    `UPDATE event_hooks SET updated_at = updated_at, order_settled = coalesce((
       SELECT ('x' || left(order_key, 8))::bit(32)::int FROM deliveries WHERE hook_id = event_hooks.id AND ${inLane}
       ORDER BY order_key LIMIT 1), order_generation)
     WHERE order_settled < order_generation AND NOT EXISTS (
       SELECT FROM deliveries WHERE hook_id = event_hooks.id AND ${inLane}
         AND order_key < lpad(to_hex(event_hooks.order_settled + 1), 8, '0'))`,
  );
}

/**
 * Ends what holds a key where nothing holds any more: the hook is gone, disabled, has another `order_by`, or no longer
 * `on_exhausted: hold`. It ends `limit` deliveries at most, and reads no others that hold their key.
 */
export async function releaseHeldKeys(pool: pg.Pool, limit: number): Promise<void> {
  await pool.query(
    // Jumps along the index from hook to hook. Generations are hexadecimal, so all keys are below `g`.
    `WITH RECURSIVE holding AS (
       (SELECT hook_id FROM deliveries WHERE reason = 'holds_key' ORDER BY hook_id LIMIT 1)
       UNION ALL
       SELECT next.hook_id FROM holding CROSS JOIN LATERAL (
         SELECT hook_id FROM deliveries WHERE reason = 'holds_key' AND hook_id > holding.hook_id ORDER BY hook_id LIMIT 1) AS next
     ), ended AS (
       SELECT holding.hook_id, CASE WHEN hook.enabled AND hook.on_exhausted = 'hold' THEN lpad(to_hex(hook.order_generation), 8, '0')
         ELSE 'g' END AS barrier
       FROM holding LEFT JOIN event_hooks AS hook ON hook.id = holding.hook_id
     )
     UPDATE deliveries SET reason = NULL WHERE id = ANY(ARRAY(
       SELECT held.id FROM ended CROSS JOIN LATERAL (
         SELECT id FROM deliveries WHERE reason = 'holds_key' AND hook_id = ended.hook_id AND order_key < ended.barrier
         ORDER BY order_key LIMIT $1 FOR UPDATE SKIP LOCKED) AS held
       LIMIT $1))`,
    [limit],
  );
}

/** The delivery in front of another one of its lane; null when there is none, or the delivery is in no lane. */
export async function findInFront(pool: pg.Pool, id: string): Promise<string | null> {
  const result = await pool.query<{ id: string }>(
    `SELECT front.id FROM deliveries AS own CROSS JOIN LATERAL (
       SELECT id FROM deliveries WHERE hook_id = own.hook_id AND order_key = own.order_key AND ${inLane}
         AND order_position < own.order_position
       ORDER BY order_position LIMIT 1) AS front
     WHERE own.id = $1 AND own.order_key IS NOT NULL AND own.next_attempt_at IS NOT NULL`,
    [id],
  );
  return result.rows[0]?.id ?? null;
}
