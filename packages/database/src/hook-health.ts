import type pg from 'pg';
import { firstIdAt } from './ids.ts';

/** Disables a hook on the system's behalf. Returns false when it was disabled already, or is gone. */
export async function disableHook(pool: pg.Pool, id: string, reason: string): Promise<boolean> {
  const result = await pool.query(
    `UPDATE event_hooks SET enabled = false, explicit = array_append(array_remove(explicit, 'enabled'), 'enabled'),
       disabled_reason = $2, updated_at = now() WHERE id = $1 AND enabled`,
    [id, reason],
  );
  return (result.rowCount ?? 0) > 0;
}

/** Notes that a hook fails. Returns since when it has done nothing else, or null when it is gone or disabled. */
export async function noteFailure(pool: pg.Pool, id: string): Promise<Date | null> {
  const result = await pool.query<{ failing_since: Date }>(
    `UPDATE event_hooks SET failing_since = coalesce(failing_since, now()) WHERE id = $1 AND enabled RETURNING failing_since`,
    [id],
  );
  return result.rows[0]?.failing_since ?? null;
}

/** Notes that a hook works again. */
export async function noteSuccess(pool: pg.Pool, id: string): Promise<void> {
  await pool.query('UPDATE event_hooks SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL', [id]);
}

/** Whether a delivery of the hook has succeeded since then: one of an event published since, or an older one. */
export async function hasSucceededSince(pool: pg.Pool, id: string, since: Date): Promise<boolean> {
  const result = await pool.query<{ succeeded: boolean }>(
    `SELECT EXISTS (SELECT FROM deliveries WHERE hook_id = $1 AND status = 'succeeded' AND (id >= $2 OR updated_at >= $3)) AS succeeded`,
    [id, firstIdAt(since.getTime()), since],
  );
  return result.rows[0]?.succeeded ?? false;
}
