import type pg from 'pg';
import { missedSinceSql } from './hook-health.ts';

export interface ExpiredHook {
  id: string;
  /** The time from which a replay of events gives it what it misses. */
  since: Date;
}

/** Disables the hooks whose time has come. */
export async function expireHooks(pool: pg.Pool, limit: number): Promise<ExpiredHook[]> {
  const result = await pool.query<ExpiredHook>({
    name: 'expire-hooks',
    text: `UPDATE event_hooks SET enabled = false, explicit = array_append(array_remove(explicit, 'enabled'), 'enabled'),
        disabled_reason = 'expired', updated_at = now()
      WHERE id IN (SELECT id FROM event_hooks WHERE enabled AND expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED)
      RETURNING id, ${missedSinceSql('event_hooks.id', 'expires_at')} AS since`,
    values: [limit],
  });
  return result.rows;
}

/**
 * Ends the draining of hooks that have nothing left of what waited while they were paused. Deliveries of the last
 * moment may be overtaken; otherwise draining might never end under constant traffic. Hooks that deliver one at a time
 * are exempt from that.
 */
export async function endDraining(pool: pg.Pool): Promise<void> {
  await pool.query({
    name: 'end-draining',
    text: `UPDATE event_hooks SET draining = false, updated_at = updated_at
      WHERE draining AND paused IS NOT TRUE AND NOT EXISTS (
        SELECT FROM deliveries WHERE hook_id = event_hooks.id AND next_attempt_at IS NOT NULL
          AND CASE WHEN event_hooks.max_in_flight = 1 THEN reason IN ('paused', 'in_flight')
            ELSE reason = 'paused' AND next_attempt_at < now() - interval '2 seconds' END)`,
  });
}
