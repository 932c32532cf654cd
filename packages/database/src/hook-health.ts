import type pg from 'pg';
import { firstIdAt, timeOfIdSql } from './ids.ts';

/**
 * SQL for the time from which a hook that is disabled `at` a time has to be given what it misses: the events of its
 * waiting deliveries, which are cancelled, and those that are not dispatched yet. Ids of events are a little older than
 * those of batches.
 */
export const missedSinceSql = (hookId: string, at: string): string =>
  `least(${at},
    (SELECT ${timeOfIdSql('event_id')} FROM deliveries
     WHERE hook_id = ${hookId} AND next_attempt_at IS NOT NULL ORDER BY event_id LIMIT 1),
    (SELECT ${timeOfIdSql('id')} - interval '1 s' FROM dispatch_batches ORDER BY id LIMIT 1))`;

/**
 * Disables a hook on the system's behalf.
 *
 * @returns the time from which a replay of events gives it what it misses, or null when it was disabled already, or is
 * gone.
 */
export async function disableHook(pool: pg.Pool, id: string, reason: string): Promise<Date | null> {
  const result = await pool.query<{ since: Date }>(
    `UPDATE event_hooks SET enabled = false, explicit = array_append(array_remove(explicit, 'enabled'), 'enabled'),
       disabled_reason = $2, updated_at = now() WHERE id = $1 AND enabled
     RETURNING ${missedSinceSql('$1', 'now()')} AS since`,
    [id, reason],
  );
  return result.rows[0]?.since ?? null;
}

/** Notes that a hook fails. Returns since when it has only failed, or null when it is gone or disabled. */
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

export interface TroubledHook {
  id: string;
  enabled: boolean;
  disabled_reason: string | null;
  failing_since: Date | null;
  breaker: 'closed' | 'open' | 'half_open';
}

/** Hooks of a workspace that were disabled by us, whose breaker is not closed, or that do nothing but fail. */
export async function listTroubledHooks(pool: pg.Pool, workspace: string, limit: number): Promise<TroubledHook[]> {
  const result = await pool.query<TroubledHook>(
    `SELECT id, enabled, disabled_reason, failing_since,
       CASE WHEN breaker.hook_id IS NULL THEN 'closed' WHEN breaker.probing THEN 'half_open' ELSE 'open' END AS breaker
     FROM event_hooks LEFT JOIN hook_breakers AS breaker ON breaker.hook_id = event_hooks.id
     WHERE workspace = $1 AND (disabled_reason IS NOT NULL OR failing_since IS NOT NULL OR breaker.hook_id IS NOT NULL)
     ORDER BY enabled, failing_since LIMIT $2`,
    [workspace, limit],
  );
  return result.rows;
}
