import type { DeliveryStatus } from '@eventhooks/contract';
import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import { boolArray, float8Array, int2Array, int4Array, textArray, uuidArray } from './binary-arrays.ts';
import { durabilityOf } from './durability.ts';
import { highestId, lowestId } from './events.ts';
import { firstIdAt, timeOfId, timeOfIdSql } from './ids.ts';
import type { Row, Schema } from './schema.ts';

/** `waiting` has a `next_attempt_at`; the others are ends. */
export type { DeliveryStatus };

export interface AttemptRecord {
  number: number;
  /** ms since the epoch. */
  startedAtMs: number;
  durationMs: number;
  ok: boolean;
  errorCode: string | null;
  errorMessage: string | null;
  /** JSON text. */
  request: string | null;
  /** JSON text. */
  response: string | null;
}

/** The state of one event's delivery to one hook, after a decision or an attempt. */
export interface DeliveryRecord {
  id: string;
  eventId: string;
  hookId: string;
  workspace: string;
  /** The source and event under which the hook matched. */
  source: string;
  event: string;
  status: DeliveryStatus;
  reason: string | null;
  errorCode: string | null;
  responseStatus: number | null;
  attemptCount: number;
  /** How many steps of the retry schedule are used up. */
  scheduleStep: number;
  suppressedCount: number | null;
  suppressedUntil: Date | null;
  /** The lane of a delivery of a hook with order, see lanes.ts; it is recorded there first. */
  laneKey: string | null;
  /** The time until the next attempt, from now by the database's clock; null unless waiting. */
  nextAttemptInMs: number | null;
  attempt: AttemptRecord | null;
  /** Set for a batch: the deliveries that share its state. `id` is then the batch's. */
  members?: readonly BatchMember[];
}

/** The parts of a record in which the deliveries of a batch differ. */
export type BatchMember = Pick<DeliveryRecord, 'id' | 'eventId' | 'source' | 'event' | 'suppressedCount'>;

/** A row: a record, or one delivery of a batch with the batch's state. */
type RecordRow = DeliveryRecord & { batchId?: string | null };

function rowsOf(record: DeliveryRecord): RecordRow[] {
  if (record.members === undefined) return [record];
  // A batch that was not attempted may be made up anew.
  const batchId = record.attempt !== null || record.reason === 'in_flight' ? record.id : null;
  return record.members.map((member) => ({ ...record, ...member, batchId }));
}

const byId = (a: DeliveryRecord, b: DeliveryRecord): number => (a.id < b.id ? -1 : 1);

export interface RecordOptions {
  /** Batches that are done. They leave the outbox in the same statement. */
  batchIds?: readonly string[];
  /**
   * Whether a crash of PostgreSQL must not lose the records. It may lose others of the last second, with all that was recorded after
   * them: the deliveries are then made again, as their batches or leases say.
   */
  isDurable?: boolean;
}

/**
 * Records outcomes in one statement: new deliveries are inserted, waiting ones brought up to date, finished ones left
 * as they are. Each delivery may stand in one of the records.
 */
export async function recordDeliveries(
  pool: pg.Pool,
  records: readonly DeliveryRecord[],
  { batchIds = [], isDurable = false }: RecordOptions = {},
): Promise<void> {
  // All callers sort alike, so that two statements that update the same rows wait for each other instead of deadlocking.
  const inOrder = records.toSorted(byId);
  const hasBatches = inOrder.some(({ members }) => members !== undefined);
  const sorted: readonly RecordRow[] = hasBatches ? inOrder.flatMap(rowsOf).sort(byId) : inOrder;
  const column = <T>(pick: (record: RecordRow) => T): T[] => sorted.map(pick);
  const attempted = inOrder.flatMap(({ id, attempt }) => (attempt ? [{ id, attempt }] : []));
  const attemptColumn = <T>(pick: (attempt: AttemptRecord) => T): T[] => attempted.map(({ attempt }) => pick(attempt));
  await pool.query({
    name: 'record-deliveries',
    text: recordStatement,
    values: [
      uuidArray(batchIds),
      uuidArray(column((r) => r.id)),
      uuidArray(column((r) => r.eventId)),
      uuidArray(column((r) => r.hookId)),
      textArray(column((r) => r.workspace)),
      textArray(column((r) => r.source)),
      textArray(column((r) => r.event)),
      textArray(column((r) => r.status)),
      textArray(column((r) => r.reason)),
      textArray(column((r) => r.errorCode)),
      int2Array(column((r) => r.responseStatus)),
      int2Array(column((r) => r.attemptCount)),
      int2Array(column((r) => r.scheduleStep)),
      int4Array(column((r) => r.suppressedCount)),
      column((r) => r.suppressedUntil),
      float8Array(column((r) => r.nextAttemptInMs)),
      uuidArray(attempted.map(({ id }) => id)),
      int2Array(attemptColumn((a) => a.number)),
      float8Array(attemptColumn((a) => a.startedAtMs)),
      int4Array(attemptColumn((a) => Math.round(a.durationMs))),
      boolArray(attemptColumn((a) => a.ok)),
      textArray(attemptColumn((a) => a.errorCode)),
      textArray(attemptColumn((a) => a.errorMessage)),
      textArray(attemptColumn((a) => a.request)),
      textArray(attemptColumn((a) => a.response)),
      uuidArray(column((r) => r.batchId ?? null)),
      isDurable,
    ],
  });
}

const recordStatement = `
WITH ${durabilityOf('$27')}, finished_batches AS (
  DELETE FROM dispatch_batches USING durability WHERE id = ANY($1::uuid[]) AND setting IS NOT NULL
), recorded_attempts AS (
  INSERT INTO attempts (delivery_id, number, started_at, duration_ms, ok, error_code, error_message, request, response)
  SELECT delivery_id, number, to_timestamp(started_at_ms / 1000), duration_ms, ok, error_code, error_message, request, response
  FROM unnest($17::uuid[], $18::smallint[], $19::float8[], $20::int[], $21::bool[], $22::text[], $23::text[], $24::text[], $25::text[])
    AS given (delivery_id, number, started_at_ms, duration_ms, ok, error_code, error_message, request, response)
  ON CONFLICT DO NOTHING
)
INSERT INTO deliveries AS known (id, event_id, hook_id, workspace, source, event, status, reason, error_code, response_status,
  attempt_count, schedule_step, suppressed_count, suppressed_until, batch_id, next_attempt_at)
SELECT id, event_id, hook_id, workspace, source, event, status, reason, error_code, response_status,
  attempt_count, schedule_step, suppressed_count, suppressed_until, batch_id,
  -- Deliveries that wait because of a pause go out in the order of their events, whoever recorded them when.
  CASE WHEN reason = 'paused' THEN least(now(), ${timeOfIdSql('event_id')})
    WHEN reason = 'order' THEN 'infinity'
    ELSE now() + delay_ms * interval '1 ms' END
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::smallint[],
  $12::smallint[], $13::smallint[], $14::int[], $15::timestamptz[], $16::float8[], $26::uuid[])
  AS given (id, event_id, hook_id, workspace, source, event, status, reason, error_code, response_status,
    attempt_count, schedule_step, suppressed_count, suppressed_until, delay_ms, batch_id),
  durability
WHERE setting IS NOT NULL
ON CONFLICT (id) DO UPDATE SET
  status = excluded.status, reason = excluded.reason, error_code = excluded.error_code, response_status = excluded.response_status,
  attempt_count = excluded.attempt_count, schedule_step = excluded.schedule_step,
  batch_id = coalesce(excluded.batch_id, known.batch_id), next_attempt_at = excluded.next_attempt_at, updated_at = now()
-- The attempt count closes the race of late ends. A worker that overran its lease and the worker that took the delivery over
-- both record. An end with a lower count than the row's is older than what is known: it must not set next_attempt_at back and
-- so repeat the delivery. Equal counts pass, because a delivery that is put off without an attempt keeps its count. So of two
-- attempts under one number the outcome recorded last counts, and the row in attempts is that of the first.
-- A record 'in flight' says only that the end is not known yet, and may be written after that end: it changes no other reason to wait.
-- Nor does 'order', which puts back what was claimed and not attempted.
WHERE known.status = 'waiting' AND known.attempt_count <= excluded.attempt_count
  AND (coalesce(excluded.reason, '') NOT IN ('in_flight', 'order') OR known.reason = 'in_flight')`;

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
  'workspace' | 'schedule_step' | 'status' | 'past_batches' | 'order_position'
> & {
  status: DeliveryStatus;
};

/** The last delivery of a window is due at its end, as far as is known now. */
const storedColumns = `id, event_id, hook_id, source, event, status, reason, error_code, response_status, batch_id, attempt_count,
  suppressed_count, suppressed_until,
  CASE WHEN next_attempt_at = 'infinity' THEN suppressed_until ELSE next_attempt_at END AS next_attempt_at, updated_at, order_key`;

export interface DeliveryFilter {
  workspace: string;
  id?: string;
  hook?: string;
  status?: string;
  source?: string;
  event?: string;
  eventId?: string;
  errorCode?: string;
  /** Bounds as ids (see firstIdAt), `from` inclusive, `before` exclusive. */
  from?: string;
  before?: string;
}

/** A page of deliveries, newest first. */
export async function listDeliveries(pool: pg.Pool, filter: DeliveryFilter, limit: number): Promise<StoredDelivery[]> {
  return (await pool.query<StoredDelivery>(deliveryPageQuery(filter, limit))).rows;
}

/**
 * The statement of `listDeliveries`. Each filter but `source` and `event` narrows an index. These two are tested on the rows
 * that the others leave: an index for them made writing deliveries one and a half times as expensive, and would save a tenth
 * of a second per million rows.
 */
export function deliveryPageQuery(filter: DeliveryFilter, limit: number): { text: string; values: unknown[] } {
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
  if (filter.errorCode !== undefined) conditions.push("status <> 'succeeded'");
  if (filter.eventId !== undefined) {
    conditions.push(`id >= $${values.push(firstIdAt(timeOfId(filter.eventId)))}`);
    conditions.push(`id < $${values.push(firstIdAt(timeOfId(filter.eventId) + 1))}`);
  }
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) conditions.push(`${column} = $${values.push(value)}`);
  }
  const text = `SELECT ${storedColumns} FROM deliveries WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT $${values.push(limit)}`;
  return { text, values };
}

/** `request` and `response` are JSON text. */
export type StoredAttempt = Row<'attempts'>;

/** One delivery of a workspace with its attempts, those of its batches included, oldest first, or undefined. */
export async function findDelivery(
  pool: pg.Pool,
  workspace: string,
  id: string,
): Promise<(StoredDelivery & { attempts: StoredAttempt[] }) | undefined> {
  const found = await pool.query<StoredDelivery & { attempted_as: (string | null)[] }>(
    `SELECT ${storedColumns}, array_append(past_batches, batch_id) || id AS attempted_as
     FROM deliveries WHERE id = $1 AND workspace = $2`,
    [id, workspace],
  );
  const [row] = found.rows;
  if (!row) return undefined;
  const { attempted_as: attemptedAs, ...delivery } = row;
  return { ...delivery, attempts: await findAttempts(pool, attemptedAs) };
}

/** The attempts of deliveries and delivery batches, by their numbers. Nulls are passed over. */
async function findAttempts(pool: pg.Pool, ids: readonly (string | null)[]): Promise<StoredAttempt[]> {
  const { rows } = await pool.query<StoredAttempt>(
    `SELECT delivery_id, number, started_at, duration_ms, ok, error_code, error_message, request, response
     FROM attempts WHERE delivery_id = ANY($1::uuid[]) ORDER BY number, started_at`,
    [ids],
  );
  return rows;
}

/** The attempts of deliveries, those of their batches included, each once. */
export async function findAttemptsOf(pool: pg.Pool, deliveryIds: readonly string[]): Promise<StoredAttempt[]> {
  const { rows } = await pool.query<{ id: string | null }>(
    `SELECT DISTINCT unnest(array_append(past_batches, batch_id) || id) AS id FROM deliveries WHERE id = ANY($1::uuid[])`,
    [deliveryIds],
  );
  return findAttempts(
    pool,
    rows.map(({ id }) => id),
  );
}

/** The durations of the last attempts of deliveries, in ms, by delivery. Those without an attempt are left out. */
export async function findLastDurations(pool: pg.Pool, ids: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ delivery_id: string; duration_ms: number }>(
    `SELECT DISTINCT ON (delivery_id) delivery_id, duration_ms
     FROM attempts WHERE delivery_id = ANY($1::uuid[]) ORDER BY delivery_id, number DESC`,
    [ids],
  );
  return new Map(rows.map(({ delivery_id, duration_ms }) => [delivery_id, duration_ms]));
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
      SELECT id FROM deliveries WHERE hook_id = lane.hook_id AND order_key = lane.order_key
        AND order_key IS NOT NULL AND (next_attempt_at IS NOT NULL OR reason = 'holds_key')
      ORDER BY order_position LIMIT 1
    ) AS head
    WHERE deliveries.id = head.id AND deliveries.next_attempt_at = 'infinity' AND deliveries.reason = 'order'`.execute(
    db,
  );
}
