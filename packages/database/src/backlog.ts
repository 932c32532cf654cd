import type pg from 'pg';
import { hooksWithBacklog } from './due-deliveries.ts';
import { lowestId } from './events.ts';
import { timeOfId } from './ids.ts';

/** The age, in seconds, of the oldest overdue work; 0 when nothing waits. */
export interface BacklogAges {
  /** Since the commit of the oldest event that is not wholly dispatched. */
  dispatch: number;
  /** Since the oldest waiting delivery fell due, without those that an open breaker or a pause holds. */
  delivery: number;
}

/** Reads the ends of indexes, one for each hook with waiting deliveries, whatever the backlog's size. */
export async function readBacklogAges(pool: pg.Pool): Promise<BacklogAges> {
  const result = await pool.query<{ batch: string | null; overdue: number | null }>(
    `${hooksWithBacklog('$1')}
    SELECT
      (SELECT id FROM dispatch_batches ORDER BY id LIMIT 1) AS batch,
      (SELECT extract(epoch FROM now() - min(oldest.next_attempt_at))::float8
       FROM line CROSS JOIN LATERAL (
         SELECT next_attempt_at FROM deliveries WHERE hook_id = line.hook_id AND next_attempt_at <= now()
         ORDER BY next_attempt_at LIMIT 1) AS oldest
       WHERE NOT EXISTS (SELECT FROM hook_breakers WHERE hook_id = line.hook_id)
         AND NOT EXISTS (SELECT FROM event_hooks WHERE id = line.hook_id AND paused AND enabled)) AS overdue`,
    [lowestId],
  );
  const { batch = null, overdue = null } = result.rows[0] ?? {};
  return {
    dispatch: batch === null ? 0 : Math.max(0, Date.now() - timeOfId(batch)) / 1_000,
    delivery: overdue ?? 0,
  };
}

/** The hooks and deliveries that pauses hold back, in the whole installation. */
export interface PausedBacklog {
  /** Enabled hooks that are paused. */
  hooks: number;
  /** Their waiting deliveries, and those of resumed hooks that have not gone out yet. */
  deliveries: number;
}

/** @param countUpTo the most deliveries that are counted, because a pause may last. */
export async function countPaused(pool: pg.Pool, countUpTo: number): Promise<PausedBacklog> {
  const result = await pool.query<PausedBacklog>(
    `SELECT (SELECT count(*)::int FROM event_hooks WHERE enabled AND paused) AS hooks,
       (SELECT count(*)::int FROM (
         SELECT FROM event_hooks AS hook CROSS JOIN LATERAL (
           SELECT reason FROM deliveries WHERE hook_id = hook.id AND next_attempt_at IS NOT NULL LIMIT $1) AS waiting
         WHERE hook.enabled AND (hook.paused OR (hook.draining AND waiting.reason = 'paused'))
         LIMIT $1) AS held) AS deliveries`,
    [countUpTo],
  );
  return result.rows[0] ?? { hooks: 0, deliveries: 0 };
}
