import type { DeliveryStatus } from '@eventhooks/contract';
import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import type { StoredAttempt } from './attempt-pages.ts';
import { findAttemptsOf } from './attempts.ts';
import { highestId, lowestId } from './events.ts';
import { firstIdAt, timeOfId } from './ids.ts';
import { type Lane, passOn } from './pass-on.ts';
import type { Row, Schema } from './schema.ts';

/** `waiting` has a `next_attempt_at`; the others are ends. */
export type { DeliveryStatus };

/** The `ids` that have a record, for a batch that runs again. */
export async function findRecorded(pool: pg.Pool, ids: readonly string[]): Promise<Set<string>> {
  const result = await pool.query<{ id: string }>('SELECT id FROM deliveries WHERE id = ANY($1::uuid[])', [ids]);
  return new Set(result.rows.map((row) => row.id));
}

/** The states of the deliveries with these ids, of those that exist. */
export async function findDeliveryStates(
  pool: pg.Pool,
  ids: readonly string[],
): Promise<Pick<StoredDelivery, 'id' | 'status' | 'reason'>[]> {
  const result = await pool.query<Pick<StoredDelivery, 'id' | 'status' | 'reason'>>(
    'SELECT id, status, reason FROM deliveries WHERE id = ANY($1::uuid[])',
    [ids],
  );
  return result.rows;
}

export type StoredDelivery = Omit<
  Row<'deliveries'>,
  'workspace' | 'schedule_step' | 'status' | 'past_batches' | 'order_position' | 'attempt_page' | 'past_attempt_pages'
> & {
  status: DeliveryStatus;
};

/** The last delivery of a window is due at its end, as far as is known now. */
const storedColumns = `id, event_id, hook_id, source, event, status, reason, error_code, response_status, batch_id, attempt_count,
  suppressed_count, suppressed_until,
  CASE WHEN next_attempt_at = 'infinity' THEN suppressed_until ELSE next_attempt_at END AS next_attempt_at, updated_at, order_key,
  duration_ms`;

export interface DeliveryFilter {
  workspace: string;
  id?: string;
  hook?: string;
  status?: string;
  source?: string;
  event?: string;
  eventId?: string;
  errorCode?: string;
  /** Only those that have not succeeded. */
  isTroubled?: boolean;
  /** Bounds as ids (see firstIdAt), `from` inclusive, `before` exclusive. */
  from?: string;
  before?: string;
}

/** A page of deliveries, newest first. */
export async function listDeliveries(pool: pg.Pool, filter: DeliveryFilter, limit: number): Promise<StoredDelivery[]> {
  return (await pool.query<StoredDelivery>(deliveryPageQuery(filter, limit))).rows;
}

/** The statement of `listDeliveries`. */
export function deliveryPageQuery(
  filter: DeliveryFilter,
  limit: number,
  columns = storedColumns,
): { text: string; values: unknown[] } {
  const conditions = ['workspace = $1', 'id >= $2', 'id < $3'];
  const values: unknown[] = [filter.workspace, filter.from ?? lowestId, filter.before ?? highestId];
  const equal = {
    id: filter.id,
    hook_id: filter.hook,
    status: filter.status,
    source: filter.source,
    event: filter.event,
    event_id: filter.eventId,
    error_code: filter.errorCode,
  };
  // Follows from the filter, and lets the planner use the partial index.
  if (filter.errorCode !== undefined || filter.isTroubled) conditions.push("status <> 'succeeded'");
  if (filter.eventId !== undefined) {
    conditions.push(`id >= $${values.push(firstIdAt(timeOfId(filter.eventId)))}`);
    conditions.push(`id < $${values.push(firstIdAt(timeOfId(filter.eventId) + 1))}`);
  }
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) conditions.push(`${column} = $${values.push(value)}`);
  }
  const text = `SELECT ${columns} FROM deliveries WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT $${values.push(limit)}`;
  return { text, values };
}

/** One delivery of a workspace with its attempts, those of its batches included, oldest first, or undefined. */
export async function findDelivery(
  pool: pg.Pool,
  workspace: string,
  id: string,
): Promise<(StoredDelivery & { attempts: StoredAttempt[] }) | undefined> {
  const found = await pool.query<StoredDelivery>(
    `SELECT ${storedColumns} FROM deliveries WHERE id = $1 AND workspace = $2`,
    [id, workspace],
  );
  const [delivery] = found.rows;
  if (!delivery) return undefined;
  const attempts = await findAttemptsOf(pool, [id]);
  return { ...delivery, attempts: [...attempts, ...unkeptSuccess(delivery, attempts)] };
}

/** The last attempt of a delivery that succeeded, where it was not kept: as far as the delivery tells of it. */
function unkeptSuccess(delivery: StoredDelivery, attempts: readonly StoredAttempt[]): StoredAttempt[] {
  const { id, batch_id, status, attempt_count: number, duration_ms, updated_at } = delivery;
  if (status !== 'succeeded' || duration_ms === null) return [];
  if (attempts.some((attempt) => attempt.number === number)) return [];
  // It was recorded at its end, or up to a second later.
  const started_at = new Date(updated_at.getTime() - duration_ms);
  const nothing = { error_code: null, error_message: null, request: null, response: null };
  return [{ delivery_id: batch_id ?? id, number, started_at, duration_ms, ok: true, ...nothing }];
}

/** The deliveries of a workspace among `ids`, newest first. */
export async function findDeliveries(
  pool: pg.Pool,
  workspace: string,
  ids: readonly string[],
): Promise<StoredDelivery[]> {
  const result = await pool.query<StoredDelivery>(
    `SELECT ${storedColumns} FROM deliveries WHERE id = ANY($1::uuid[]) AND workspace = $2 ORDER BY id DESC`,
    [ids, workspace],
  );
  return result.rows;
}

/**
 * The deliveries of each of `eventIds`, newest first, at most `limitEach`. An event's deliveries have its time in their ids, so each look-up
 * reads a page or two of one index.
 */
export async function findDeliveriesOfEvents(
  pool: pg.Pool,
  workspace: string,
  eventIds: readonly string[],
  limitEach: number,
): Promise<StoredDelivery[]> {
  const result = await pool.query<StoredDelivery>(
    `SELECT found.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS event (id, first, last)
     CROSS JOIN LATERAL (
       SELECT ${storedColumns} FROM deliveries
       WHERE workspace = $4 AND deliveries.id >= event.first AND deliveries.id < event.last AND event_id = event.id
       ORDER BY deliveries.id DESC LIMIT $5
     ) AS found`,
    [
      eventIds,
      eventIds.map((id) => firstIdAt(timeOfId(id))),
      eventIds.map((id) => firstIdAt(timeOfId(id) + 1)),
      workspace,
      limitEach,
    ],
  );
  return result.rows;
}

/** Takes a delivery out of the batch with which it was sent. Assignments of an UPDATE of deliveries. */
export const leaveBatch = `batch_id = NULL,
  past_batches = CASE WHEN batch_id IS NULL THEN past_batches ELSE array_append(past_batches, batch_id) END`;

/** A delivery's state before it was retried or cancelled by hand. */
export interface StateBefore {
  hook_id: string;
  status: DeliveryStatus;
  reason: string | null;
}

/**
 * Makes a delivery due at once, whatever its state, with a fresh retry schedule. If its hook's breaker is open, its probe
 * becomes due, too. Resolves to null when there is no such delivery.
 */
export async function retryDelivery(db: Kysely<Schema>, workspace: string, id: string): Promise<StateBefore | null> {
  const { rows } = await sql<StateBefore>`
    WITH before AS (
      SELECT id, hook_id, status, reason FROM deliveries WHERE id = ${id} AND workspace = ${workspace} FOR UPDATE
    ), retried AS (
      UPDATE deliveries SET status = 'waiting', reason = 'manual_retry', schedule_step = 0, next_attempt_at = now(), updated_at = now(),
        ${sql.raw(leaveBatch)}
      FROM before WHERE deliveries.id = ${id} AND deliveries.id = before.id
    ), probe AS (
      UPDATE hook_breakers SET probe_at = now() FROM before WHERE hook_breakers.hook_id = before.hook_id AND NOT probing
    )
    SELECT hook_id, status, reason FROM before`.execute(db);
  return rows[0] ?? null;
}

/**
 * Ends a delivery that waits, or one that is exhausted and holds its key; what waits behind it goes on. A worker that attempts it at this moment goes on, and records its attempt; the delivery stays
 * cancelled, and what waits behind it waits for the end of that attempt. Resolves to null when there is no such delivery, or
 * it has ended.
 */
export async function cancelDelivery(db: Kysely<Schema>, workspace: string, id: string): Promise<StateBefore | null> {
  const { rows } = await sql<StateBefore & Lane>`
    WITH before AS (
      SELECT id, hook_id, status, reason, order_key, next_attempt_at FROM deliveries
      WHERE id = ${id} AND workspace = ${workspace} AND ${sql.raw(isCancellable)} FOR UPDATE
    ), cancelled AS (
      UPDATE deliveries SET status = 'cancelled', reason = 'manual_cancel', next_attempt_at = NULL, updated_at = now()
      FROM before WHERE deliveries.id = ${id} AND deliveries.id = before.id
    )
    SELECT hook_id, status, reason, order_key, next_attempt_at FROM before`.execute(db);
  const [row] = rows;
  if (!row) return null;
  await passOn(db, [row]);
  const { hook_id, status, reason } = row;
  return { hook_id, status, reason };
}

/** Waiting, or exhausted and in front of its lane. */
export const isCancellable = "(status = 'waiting' OR reason = 'holds_key')";
