import type pg from 'pg';
import type { Database } from './connect.ts';
import { firstIdAt } from './ids.ts';
import type { Row } from './schema.ts';

/** A day to archive: the rows from its start to before its end, in ms since the epoch. */
export interface Day {
  startMs: number;
  endMs: number;
}

/** The workspaces that have an event or a delivery of a day, in the order of their names. */
export async function* listWorkspacesOfDay(pool: pg.Pool, { startMs, endMs }: Day): AsyncGenerator<string> {
  let after = '';
  for (;;) {
    // Each step reads one entry of an index, however many rows a workspace has.
    const { rows } = await pool.query<{ workspace: string | null }>(
      `SELECT least(
         (SELECT workspace FROM events WHERE id >= $1 AND id < $2 AND workspace > $3 ORDER BY workspace LIMIT 1),
         (SELECT workspace FROM deliveries WHERE id >= $1 AND id < $2 AND workspace > $3 ORDER BY workspace LIMIT 1)
       ) AS workspace`,
      [firstIdAt(startMs), firstIdAt(endMs), after],
    );
    const workspace = rows[0]?.workspace ?? null;
    if (workspace === null) return;
    yield workspace;
    after = workspace;
  }
}

/**
 * Deliveries change while a transaction that began before is not committed; statements are given up sooner than this.
 */
const longestStatementMs = 60_000;
/** A look reads the deliveries of this time, so that none runs into the deadline of statements. */
const lookMs = 3_600_000;

/** Whether a delivery of the day was changed since `since`, or may be by a statement that began before. */
export async function isDayChanged(pool: pg.Pool, { startMs, endMs }: Day, since: Date): Promise<boolean> {
  for (let fromMs = startMs; fromMs < endMs; fromMs += lookMs) {
    const { rows } = await pool.query<{ changed: boolean }>(
      'SELECT EXISTS (SELECT FROM deliveries WHERE id >= $1 AND id < $2 AND updated_at > $3) AS changed',
      [firstIdAt(fromMs), firstIdAt(Math.min(fromMs + lookMs, endMs)), new Date(since.getTime() - longestStatementMs)],
    );
    if (rows[0]?.changed !== false) return true;
  }
  return false;
}

/** The time by PostgreSQL's clock, and the id of the installation: that of its default workspace. */
export async function readInstallation(pool: pg.Pool): Promise<{ id: string; now: Date }> {
  const { rows } = await pool.query<{ id: string; now: Date }>(
    `SELECT id, now() AS now FROM workspaces WHERE name = 'default'`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('there is no default workspace');
  return row;
}

/** How the archive is doing, as its leader last noted. */
export type ArchiveState = Omit<Row<'archive_state'>, 'only_row'>;

/** Notes the result of a look at the archive. A fault that lasts keeps the time of its beginning. */
export async function noteArchive(
  pool: pg.Pool,
  { lastDay, daysWaiting, error }: { lastDay: string | null; daysWaiting: number; error: string | null },
): Promise<void> {
  await pool.query(
    `INSERT INTO archive_state AS known (last_day, days_waiting, error, failing_since)
     VALUES ($1, $2, $3, CASE WHEN $3::text IS NOT NULL THEN now() END)
     ON CONFLICT (only_row) DO UPDATE SET last_day = coalesce(excluded.last_day, known.last_day),
       days_waiting = excluded.days_waiting, error = excluded.error, updated_at = now(),
       failing_since = CASE WHEN excluded.error IS NOT NULL THEN coalesce(known.failing_since, now()) END`,
    [lastDay, daysWaiting, error],
  );
}

/** For an installation without an archive. */
export async function forgetArchive(pool: pg.Pool): Promise<void> {
  await pool.query('DELETE FROM archive_state');
}

/** Null: there is no archive, or no worker looked at it yet. */
export async function readArchiveState({ pool }: Database): Promise<ArchiveState | null> {
  const { rows } = await pool.query<ArchiveState>(
    'SELECT last_day, days_waiting, error, failing_since, updated_at FROM archive_state',
  );
  return rows[0] ?? null;
}
