import type pg from 'pg';
import { type PagedAttempts, pageAttempts, type StoredAttempt } from './attempt-pages.ts';
import { attemptColumns, insertAttempts } from './attempts.ts';
import { byteaArray, float8Array, int2Array, int4Array, textArray, uuidArray } from './binary-arrays.ts';
import type { DeliveryStatus } from './deliveries.ts';
import { durabilityOf } from './durability.ts';
import { timeOfIdSql } from './ids.ts';

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

function storedAttemptOf(id: string, attempt: AttemptRecord | null, keep: KeptAttempts): StoredAttempt[] {
  if (attempt === null || (attempt.ok && keep === 'failures')) return [];
  const { number, startedAtMs, durationMs, ok, errorCode, errorMessage, request, response } = attempt;
  return [
    {
      delivery_id: id,
      number,
      started_at: new Date(startedAtMs),
      duration_ms: Math.round(durationMs),
      ok,
      error_code: errorCode,
      error_message: errorMessage,
      request,
      response,
    },
  ];
}

export interface RecordOptions {
  /** Batches that are done. They leave the outbox in the same statement. */
  batchIds?: readonly string[];
  /**
   * Whether a crash of PostgreSQL must not lose the records. It may lose others of the last second, with all that was recorded after
   * them: the deliveries are then made again, as their batches or leases say.
   */
  isDurable?: boolean;
  /** The attempts that are kept: all, or failures only. */
  keep?: KeptAttempts;
}

/** The attempts whose records are kept. The deliveries of the others have their status, response status, duration and number of attempts. */
export type KeptAttempts = 'full' | 'failures';

/**
 * Records outcomes in one statement: new deliveries are inserted, waiting ones brought up to date, finished ones left
 * as they are. Each delivery may stand in one of the records.
 */
export async function recordDeliveries(
  pool: pg.Pool,
  records: readonly DeliveryRecord[],
  { batchIds = [], isDurable = false, keep = 'full' }: RecordOptions = {},
): Promise<void> {
  // All callers sort alike, so that two statements that update the same rows wait for each other instead of deadlocking.
  const inOrder = records.toSorted(byId);
  const hasBatches = inOrder.some(({ members }) => members !== undefined);
  const sorted: readonly RecordRow[] = hasBatches ? inOrder.flatMap(rowsOf).sort(byId) : inOrder;
  const column = <T>(pick: (record: RecordRow) => T): T[] => sorted.map(pick);
  const paged = pageAttempts(inOrder.flatMap(({ id, attempt }) => storedAttemptOf(id, attempt, keep)));
  const result = await pool.query({
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
      uuidArray(column((r) => r.batchId ?? null)),
      int4Array(column((r) => r.attempt && Math.round(r.attempt.durationMs))),
      uuidArray(column((r) => paged.pageOf.get(r.batchId ?? r.id) ?? null)),
      uuidArray(paged.pages.map(({ id }) => id)),
      byteaArray(paged.pages.map(({ content }) => content)),
      isDurable,
      ...attemptColumns(paged.single),
    ],
  });
  if (paged.pages.length > 0 && (result.rowCount ?? 0) < sorted.length) await keepUnreferenced(pool, sorted, paged);
}

const recordStatement = `
WITH ${durabilityOf('$22')}, finished_batches AS (
  DELETE FROM dispatch_batches USING durability WHERE id = ANY($1::uuid[]) AND setting IS NOT NULL
), recorded_pages AS (
  INSERT INTO attempt_pages (id, content) SELECT * FROM unnest($20::uuid[], $21::bytea[]) ON CONFLICT DO NOTHING
), recorded_attempts AS (
  ${insertAttempts(23)}
)
INSERT INTO deliveries AS known (id, event_id, hook_id, workspace, source, event, status, reason, error_code, response_status,
  attempt_count, schedule_step, suppressed_count, suppressed_until, batch_id, duration_ms, attempt_page, next_attempt_at)
SELECT id, event_id, hook_id, workspace, source, event, status, reason, error_code, response_status,
  attempt_count, schedule_step, suppressed_count, suppressed_until, batch_id, duration_ms, attempt_page,
  -- Deliveries that wait because of a pause go out in the order of their events, whoever recorded them when.
  CASE WHEN reason = 'paused' THEN least(now(), ${timeOfIdSql('event_id')})
    WHEN reason = 'order' THEN 'infinity'
    ELSE now() + delay_ms * interval '1 ms' END
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::smallint[],
  $12::smallint[], $13::smallint[], $14::int[], $15::timestamptz[], $16::float8[], $17::uuid[], $18::int[], $19::uuid[])
  AS given (id, event_id, hook_id, workspace, source, event, status, reason, error_code, response_status,
    attempt_count, schedule_step, suppressed_count, suppressed_until, delay_ms, batch_id, duration_ms, attempt_page),
  durability
WHERE setting IS NOT NULL
ON CONFLICT (id) DO UPDATE SET
  status = excluded.status, reason = excluded.reason, error_code = excluded.error_code, response_status = excluded.response_status,
  attempt_count = excluded.attempt_count, schedule_step = excluded.schedule_step,
  batch_id = coalesce(excluded.batch_id, known.batch_id), next_attempt_at = excluded.next_attempt_at, updated_at = now(),
  duration_ms = coalesce(excluded.duration_ms, known.duration_ms),
  attempt_page = coalesce(excluded.attempt_page, known.attempt_page),
  past_attempt_pages = CASE WHEN excluded.attempt_page <> known.attempt_page
    THEN array_append(known.past_attempt_pages, known.attempt_page) ELSE known.past_attempt_pages END
-- The attempt count closes the race of late ends. A worker that overran its lease and the worker that took the delivery over
-- both record. An end with a lower count than the row's is older than what is known: it must not set next_attempt_at back and
-- so repeat the delivery. Equal counts pass, because a delivery that is put off without an attempt keeps its count. So of two
-- attempts under one number the outcome recorded last counts, and the attempt that began first is shown.
-- A record 'in flight' says only that the end is not known yet, and may be written after that end: it changes no other reason to wait.
-- Nor does 'order', which puts back what was claimed and not attempted.
WHERE known.status = 'waiting' AND known.attempt_count <= excluded.attempt_count
  AND (coalesce(excluded.reason, '') NOT IN ('in_flight', 'order') OR known.reason = 'in_flight')`;

/** Adds rows for those attempts whose deliveries had ended before, for example because they were cancelled: they name no page. */
async function keepUnreferenced(pool: pg.Pool, records: readonly RecordRow[], paged: PagedAttempts): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    'SELECT id FROM deliveries WHERE id = ANY($1::uuid[]) AND (attempt_page = ANY($2::uuid[]) OR past_attempt_pages && $2::uuid[])',
    [uuidArray(records.map(({ id }) => id)), uuidArray(paged.pages.map(({ id }) => id))],
  );
  const referring = new Set(rows.map(({ id }) => id));
  const unreferenced = new Set(records.filter(({ id }) => !referring.has(id)).map(({ id, batchId }) => batchId ?? id));
  const attempts = paged.together.filter(({ delivery_id }) => unreferenced.has(delivery_id));
  if (attempts.length > 0) await pool.query(insertAttempts(1), attemptColumns(attempts));
}
