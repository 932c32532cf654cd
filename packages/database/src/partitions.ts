import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { advisoryKey } from './advisory-locks.ts';
import type { Day } from './archived-day.ts';
import { firstIdAt } from './ids.ts';

const dayMs = 86_400_000;
/** How far ahead partitions exist: an installation whose scheduler is down keeps accepting for this long. */
const daysAhead = 7;
/** Ids are made by the clocks of admins, which may differ around midnight. */
const daysBehind = 1;
const partitionedTables = ['events', 'deliveries', 'attempts', 'attempt_pages'] as const;

/** Less than PostgreSQL's deadlock_timeout (1 s): in a deadlock, upkeep gives in before another statement is ended. */
const lockWaitMs = 500;
const lockPauseMs = 250;
const lockAttempts = 3;

/**
 * Makes the partitions that do not exist yet: of the days around now, and of the days that some tables have, because a table may be
 * new. Idempotent, and safe from many processes at once.
 *
 * @param nowMs ms since the epoch.
 */
export async function ensurePartitions(pool: pg.Pool, nowMs = Date.now()): Promise<void> {
  const partitions = await listPartitions(pool);
  const existing = new Set(partitions.map(({ name }) => name));
  const days = new Set([...daysAround(nowMs), ...partitions.map(({ day }) => timeOfDay(day))]);
  const wanted = [...days].filter((day) => partitionedTables.some((table) => !existing.has(nameOf(table, day))));
  if (wanted.length === 0) return;
  await withTablesLocked(pool, async (client) => {
    for (const day of wanted) await client.query('SELECT make_partitions($1)', [dateOf(day)]);
  });
}

/**
 * The number of days, today included, for which every table has its partition: the installation can run this long if no
 * more are made. 0 when today's is missing.
 */
export async function countPartitionDaysAhead(pool: pg.Pool, nowMs = Date.now()): Promise<number> {
  const existing = new Set((await listPartitions(pool)).map((partition) => partition.name));
  const days = daysAround(nowMs).slice(daysBehind);
  const missing = days.findIndex((day) => partitionedTables.some((table) => !existing.has(nameOf(table, day))));
  return missing === -1 ? days.length : missing;
}

/**
 * Drops the days that lie wholly before `cutoffMs`, oldest first, but never one in which a delivery still waits, or holds its key.
 *
 * @param isSaved asked before each drop; a day for which it says no is left.
 * @returns the days dropped, as `YYYYMMDD`.
 */
export async function dropExpiredPartitions(
  pool: pg.Pool,
  cutoffMs: number,
  isSaved: (day: Day) => Promise<boolean> = async () => true,
): Promise<string[]> {
  const expired = [...new Set((await listPartitions(pool)).map((partition) => partition.day))]
    .filter((day) => timeOfDay(day) + dayMs <= cutoffMs)
    .sort();
  const dropped: string[] = [];
  for (const day of expired) {
    // Checked first without the lock, because all publishing would wait for it; then again under it, when nothing can change.
    if (await stillNeeded(pool, day)) continue;
    if (!(await isSaved({ startMs: timeOfDay(day), endMs: timeOfDay(day) + dayMs }))) continue;
    await withTablesLocked(pool, async (client) => {
      if (await stillNeeded(client, day)) return;
      await client.query('SELECT drop_partitions($1)', [dateOf(timeOfDay(day))]);
      dropped.push(day);
    });
  }
  return dropped;
}

/**
 * Forgets the publisher's ids of events made before `cutoffMs`, a page at a time.
 *
 * @returns the number of forgotten ids.
 */
export async function deleteExpiredPublisherIds(pool: pg.Pool, cutoffMs: number, pageSize = 5_000): Promise<number> {
  const result = await pool.query(
    `DELETE FROM publisher_ids WHERE (workspace, source, publisher_id) IN
       (SELECT workspace, source, publisher_id FROM publisher_ids WHERE event_id < $1 ORDER BY event_id LIMIT $2)`,
    [firstIdAt(cutoffMs), pageSize],
  );
  return result.rowCount ?? 0;
}

/**
 * Runs `work` in a transaction that holds the partitioned tables exclusively, which a change of their partitions needs.
 * Other statements queue behind a lock that is waited for. So the wait behind a long query is given up soon, and tried again.
 *
 * @throws the error of the last try, when a query holds the tables all the time.
 */
async function withTablesLocked(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`SELECT pg_advisory_xact_lock(${advisoryKey('partitions')})`);
      await client.query(`SET LOCAL lock_timeout = ${lockWaitMs}`);
      const tables = partitionedTables.map((table) => `ONLY ${table}`).join(', ');
      await client.query(`LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE`);
      await work(client);
      await client.query('COMMIT');
      return;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      if (!isLockTimeout(error) || attempt === lockAttempts) throw error;
    } finally {
      client.release();
    }
    await sleep(lockPauseMs);
  }
}

/** SQLSTATE lock_not_available. */
function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03';
}

async function stillNeeded(pool: pg.Pool | pg.PoolClient, day: string): Promise<boolean> {
  const start = timeOfDay(day);
  const result = await pool.query<{ needed: boolean }>(
    `SELECT EXISTS (SELECT FROM deliveries WHERE id >= $1 AND id < $2 AND next_attempt_at IS NOT NULL)
         OR EXISTS (SELECT FROM deliveries WHERE id >= $1 AND id < $2 AND reason = 'holds_key')
         OR EXISTS (SELECT FROM dispatch_batches WHERE id >= $1 AND id < $3) AS needed`,
    // A batch gets its id a moment after its events, so its id may belong to the next day.
    [firstIdAt(start), firstIdAt(start + dayMs), firstIdAt(start + 2 * dayMs)],
  );
  return result.rows[0]?.needed ?? true;
}

async function listPartitions(pool: pg.Pool): Promise<{ name: string; day: string }[]> {
  const result = await pool.query<{ name: string }>(
    `SELECT child.relname AS name FROM pg_inherits
       JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
     WHERE parent.relname = ANY($1) AND parent.relkind = 'p' AND parent.relnamespace = quote_ident(current_schema())::regnamespace`,
    [partitionedTables],
  );
  return result.rows.map(({ name }) => ({ name, day: name.slice(-8) }));
}

function daysAround(nowMs: number): number[] {
  const today = Math.floor(nowMs / dayMs) * dayMs;
  return Array.from({ length: daysBehind + daysAhead + 1 }, (_, index) => today + (index - daysBehind) * dayMs);
}

function nameOf(table: string, dayStartMs: number): string {
  return `${table}_${dateOf(dayStartMs).replaceAll('-', '')}`;
}

function dateOf(dayStartMs: number): string {
  return new Date(dayStartMs).toISOString().slice(0, 10);
}

function timeOfDay(day: string): number {
  return Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6, 8)));
}
