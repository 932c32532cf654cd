import type pg from 'pg';
import { readPage, type StoredAttempt } from './attempt-pages.ts';
import { boolArray, float8Array, int2Array, int4Array, textArray, uuidArray } from './binary-arrays.ts';
import type { Row } from './schema.ts';

/** Inserts attempts that stand alone. The values of `attemptColumns` are its parameters from `$first` on. */
export function insertAttempts(first: number): string {
  const types = ['uuid', 'smallint', 'float8', 'int', 'bool', 'text', 'text', 'text', 'text'];
  return `INSERT INTO attempts (delivery_id, number, started_at, duration_ms, ok, error_code, error_message, request, response)
  SELECT delivery_id, number, to_timestamp(started_at_ms / 1000), duration_ms, ok, error_code, error_message, request, response
  FROM unnest(${types.map((type, index) => `$${first + index}::${type}[]`).join(', ')})
    AS given (delivery_id, number, started_at_ms, duration_ms, ok, error_code, error_message, request, response)
  ON CONFLICT DO NOTHING`;
}

export function attemptColumns(attempts: readonly StoredAttempt[]): Buffer[] {
  const column = <T>(pick: (attempt: StoredAttempt) => T): T[] => attempts.map(pick);
  return [
    uuidArray(column((a) => a.delivery_id)),
    int2Array(column((a) => a.number)),
    float8Array(column((a) => a.started_at.getTime())),
    int4Array(column((a) => a.duration_ms)),
    boolArray(column((a) => a.ok)),
    textArray(column((a) => a.error_code)),
    textArray(column((a) => a.error_message)),
    textArray(column((a) => a.request)),
    textArray(column((a) => a.response)),
  ];
}

/** A delivery with the pages and batches of its attempts. */
export type AttemptedDelivery = Pick<
  Row<'deliveries'>,
  'id' | 'batch_id' | 'past_batches' | 'attempt_page' | 'past_attempt_pages'
>;

export const attemptedColumns = 'id, batch_id, past_batches, attempt_page, past_attempt_pages';

/** The ids under which the attempts of a delivery are stored: its own, and those of its batches. */
function idsOf({ id, batch_id, past_batches }: AttemptedDelivery): string[] {
  return [id, batch_id, ...(past_batches ?? [])].filter((one) => one !== null);
}

/** The pages in which attempts of a delivery may be. */
export function pagesOf({ attempt_page, past_attempt_pages }: AttemptedDelivery): string[] {
  return [...(past_attempt_pages ?? []), attempt_page].filter((one) => one !== null);
}

/** All attempts of the pages of deliveries, those of other deliveries included. */
async function readPages(pool: pg.Pool, deliveries: readonly AttemptedDelivery[]): Promise<StoredAttempt[]> {
  const ids = [...new Set(deliveries.flatMap(pagesOf))];
  if (ids.length === 0) return [];
  const { rows } = await pool.query<{ content: Buffer }>(
    'SELECT content FROM attempt_pages WHERE id = ANY($1::uuid[])',
    [ids],
  );
  return rows.flatMap(({ content }) => readPage(content));
}

/**
 * The attempts of deliveries and of their batches, each number once. If two attempts share a number, it is the one that
 * began first.
 */
export async function findAttemptsOf(pool: pg.Pool, deliveryIds: readonly string[]): Promise<StoredAttempt[]> {
  const { rows: deliveries } = await pool.query<AttemptedDelivery>(
    `SELECT ${attemptedColumns} FROM deliveries WHERE id = ANY($1::uuid[])`,
    [deliveryIds],
  );
  const ids = new Set(deliveries.flatMap(idsOf));
  const single = await pool.query<StoredAttempt>(
    `SELECT delivery_id, number, started_at, duration_ms, ok, error_code, error_message, request, response
     FROM attempts WHERE delivery_id = ANY($1::uuid[])`,
    [[...ids]],
  );
  const paged = (await readPages(pool, deliveries)).filter((attempt) => ids.has(attempt.delivery_id));
  const byNumber = new Map<string, StoredAttempt>();
  for (const attempt of [...single.rows, ...paged].sort(byStart)) {
    const key = `${attempt.delivery_id} ${attempt.number}`;
    if (!byNumber.has(key)) byNumber.set(key, attempt);
  }
  return [...byNumber.values()];
}

function byStart(a: StoredAttempt, b: StoredAttempt): number {
  return a.number - b.number || a.started_at.getTime() - b.started_at.getTime();
}

/** A delivery as far as the duration of its last attempt is concerned. */
type Timed = Pick<Row<'deliveries'>, 'id' | 'batch_id' | 'attempt_count' | 'duration_ms'>;

/** The durations of the last attempts of deliveries, in ms, by delivery. Those without an attempt are left out. */
export async function findLastDurations(pool: pg.Pool, deliveries: readonly Timed[]): Promise<Map<string, number>> {
  const unsure = deliveries.filter((delivery) => !hasDuration(delivery)).map(attemptedAs);
  const rowOf = unsure.length === 0 ? new Map<string, LastRow>() : await findLastRows(pool, unsure);
  const durations = new Map<string, number>();
  for (const delivery of deliveries) {
    const row = rowOf.get(attemptedAs(delivery));
    // A worker of the release before changes only the row.
    const isLast = row && (delivery.duration_ms === null || row.number === delivery.attempt_count);
    const durationMs = isLast ? row.duration_ms : delivery.duration_ms;
    if (durationMs !== null) durations.set(delivery.id, durationMs);
  }
  return durations;
}

type LastRow = Pick<StoredAttempt, 'delivery_id' | 'number' | 'duration_ms'>;

async function findLastRows(pool: pg.Pool, ids: readonly string[]): Promise<Map<string, LastRow>> {
  const { rows } = await pool.query<LastRow>(
    `SELECT DISTINCT ON (delivery_id) delivery_id, number, duration_ms
     FROM attempts WHERE delivery_id = ANY($1::uuid[]) ORDER BY delivery_id, number DESC`,
    [ids],
  );
  return new Map(rows.map((row) => [row.delivery_id, row]));
}

/** Whether a delivery's `duration_ms` is that of its last attempt, whichever release made it. */
function hasDuration({ attempt_count, duration_ms }: Timed): boolean {
  return attempt_count === 0 || (attempt_count === 1 && duration_ms !== null);
}

/** The attempts of a batch are stored once, under its id. */
function attemptedAs({ id, batch_id }: Timed): string {
  return batch_id ?? id;
}

/** The `deliveries` that have an attempt in a page whose response or error contains all `texts`, ignoring case. */
export async function findInPages(
  pool: pg.Pool,
  deliveries: readonly AttemptedDelivery[],
  texts: readonly string[],
): Promise<string[]> {
  const wanted = texts.map((text) => text.toLowerCase());
  const hasAll = (text: string | null): boolean => {
    const lower = text?.toLowerCase();
    return lower !== undefined && wanted.every((part) => lower.includes(part));
  };
  const attempts = await readPages(pool, deliveries);
  const found = new Set(
    attempts
      .filter(({ response, error_message }) => hasAll(response) || hasAll(error_message))
      .map(({ delivery_id }) => delivery_id),
  );
  return found.size === 0 ? [] : deliveries.filter((one) => idsOf(one).some((id) => found.has(id))).map(({ id }) => id);
}
