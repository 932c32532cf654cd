import type pg from 'pg';

/** Upper bounds, in ms, of the histogram of attempts' durations; the last is open. */
export const DURATION_BOUNDS_MS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const;

/** Stands for all hooks of a workspace. */
export const ALL_HOOKS = '00000000-0000-0000-0000-000000000000';

const COUNTERS = ['events', 'succeeded', 'failed', 'exhausted', 'suppressed'] as const;
const HISTOGRAM = Array.from({ length: DURATION_BOUNDS_MS.length + 1 }, (_, index) => `d${index}`);

export type StatsCounter = (typeof COUNTERS)[number];

/** Counters of a period. `succeeded` and `failed` are attempts; `exhausted` and `suppressed` deliveries. */
export type StatsCounts = Record<StatsCounter, number> & {
  /** Attempts by duration, see DURATION_BOUNDS_MS. */
  durations: number[];
};

export interface StatsRow extends StatsCounts {
  workspace: string;
  /** A hook's id, or ALL_HOOKS. */
  hookId: string;
  /** ms since the epoch, of a whole minute. */
  minuteMs: number;
}

export function emptyCounts(): StatsCounts {
  return { events: 0, succeeded: 0, failed: 0, exhausted: 0, suppressed: 0, durations: HISTOGRAM.map(() => 0) };
}

const columns = [...COUNTERS, ...HISTOGRAM];
const addStatement = `
  INSERT INTO delivery_stats AS known (workspace, hook_id, minute, ${columns.join(', ')})
  SELECT workspace, hook_id, minute, ${columns.map((column) => `coalesce(${column}, 0)`).join(', ')}
  FROM json_populate_recordset(NULL::delivery_stats, $1::json)
  ORDER BY workspace, hook_id, minute
  ON CONFLICT (workspace, hook_id, minute) DO UPDATE SET
    ${columns.map((column) => `${column} = known.${column} + excluded.${column}`).join(', ')}`;

/** Adds to the counters, in key order, so that two writers wait for each other instead of deadlocking. */
export async function addStats(pool: pg.Pool, rows: readonly StatsRow[]): Promise<void> {
  const printed = rows.map(({ workspace, hookId, minuteMs, durations, ...counts }) => ({
    workspace,
    hook_id: hookId,
    minute: new Date(minuteMs).toISOString(),
    ...counts,
    ...Object.fromEntries(durations.map((count, index) => [`d${index}`, count])),
  }));
  await pool.query({ name: 'add-stats', text: addStatement, values: [JSON.stringify(printed)] });
}

export interface StatsBucket extends StatsCounts {
  hookId: string;
  /** Its start. */
  startMs: number;
}

export interface StatsRange {
  sinceMs: number;
  untilMs: number;
  bucketMs: number;
}

const sums = columns.map((column) => `sum(${column})::float8 AS ${column}`).join(', ');

/** The buckets of `hookIds` (or ALL_HOOKS) in which anything happened, in order of time. Buckets are aligned to `sinceMs`. */
export async function readStats(
  pool: pg.Pool,
  workspace: string,
  hookIds: readonly string[],
  { sinceMs, untilMs, bucketMs }: StatsRange,
): Promise<StatsBucket[]> {
  const result = await pool.query<RawBucket>(
    `SELECT hook_id, (extract(epoch FROM date_bin($5 * interval '1 ms', minute, $3)) * 1000)::float8 AS start_ms, ${sums}
     FROM delivery_stats WHERE workspace = $1 AND hook_id = ANY($2::uuid[]) AND minute >= $3 AND minute < $4
     GROUP BY 1, 2 ORDER BY 2`,
    [workspace, hookIds, new Date(sinceMs), new Date(untilMs), bucketMs],
  );
  return result.rows.map((row) => ({ hookId: row.hook_id, startMs: row.start_ms, ...countsOf(row) }));
}

/** Hooks with the most failed attempts since a time, worst first. */
export async function readWorstHooks(
  pool: pg.Pool,
  workspace: string,
  sinceMs: number,
  limit: number,
): Promise<(StatsCounts & { hookId: string })[]> {
  const result = await pool.query<RawBucket>(
    `SELECT hook_id, ${sums} FROM delivery_stats
     WHERE workspace = $1 AND minute >= $2 AND hook_id <> '${ALL_HOOKS}'
     GROUP BY 1 HAVING sum(failed) > 0 ORDER BY sum(failed) DESC, hook_id LIMIT $3`,
    [workspace, new Date(sinceMs), limit],
  );
  return result.rows.map((row) => ({ hookId: row.hook_id, ...countsOf(row) }));
}

type RawBucket = { hook_id: string; start_ms: number } & Record<string, number>;

function countsOf(row: RawBucket): StatsCounts {
  const counts = emptyCounts();
  for (const name of COUNTERS) counts[name] = row[name] ?? 0;
  return { ...counts, durations: HISTOGRAM.map((name) => row[name] ?? 0) };
}

/** Forgets minutes before `cutoffMs`, a page at a time. Returns how many rows were forgotten. */
export async function deleteExpiredStats(pool: pg.Pool, cutoffMs: number, pageSize = 20_000): Promise<number> {
  const result = await pool.query(
    `DELETE FROM delivery_stats WHERE ctid IN (SELECT ctid FROM delivery_stats WHERE minute < $1 LIMIT $2)`,
    [new Date(cutoffMs), pageSize],
  );
  return result.rowCount ?? 0;
}

/** Deliveries that wait, counted up to `limit`, and when the next of those counted is due. */
export async function countWaiting(
  pool: pg.Pool,
  workspace: string,
  limit: number,
): Promise<{ waiting: number; nextDueAt: Date | null }> {
  const result = await pool.query<{ waiting: number; next_due_at: Date | null }>(
    `SELECT count(*)::int AS waiting, min(next_attempt_at) AS next_due_at FROM (
       SELECT CASE WHEN next_attempt_at = 'infinity' THEN suppressed_until ELSE next_attempt_at END AS next_attempt_at
       FROM deliveries WHERE next_attempt_at IS NOT NULL AND workspace = $1 LIMIT $2) AS page`,
    [workspace, limit],
  );
  const row = result.rows[0];
  return { waiting: row?.waiting ?? 0, nextDueAt: row?.next_due_at ?? null };
}
