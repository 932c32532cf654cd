import type pg from 'pg';
import type { FilterError } from './schema/hooks.ts';

export interface HookStatus {
  /** Null: the circuit breaker is closed. */
  opened_at: Date | null;
  /** When the next probe may go; while one is under way, when it counts as lost. */
  probe_at: Date | null;
  /** Half-open: a probe is under way. */
  probing: boolean | null;
  failed_probes: number | null;
  failing_since: Date | null;
  disabled_reason: string | null;
  filter_error: FilterError | null;
  /** The number of deliveries that wait because of a pause, counted up to `countUpTo`. */
  paused: number;
  /** The number of waiting deliveries, counted up to `countUpTo`. */
  waiting: number;
  /** The number of those that wait behind another one of their key, and of keys that an exhausted delivery holds; counted likewise. */
  ordered: number;
  held_keys: number;
  /** The due time of the delivery that has been due for longest. */
  due_since: Date | null;
}

/** How a workspace's hook is doing, or undefined: there is none. */
export async function findHookStatus(
  pool: pg.Pool,
  workspace: string,
  id: string,
  countUpTo: number,
): Promise<HookStatus | undefined> {
  const result = await pool.query<HookStatus>(
    `SELECT breaker.opened_at, breaker.probe_at, breaker.probing, breaker.failed_probes, hook.failing_since, hook.disabled_reason, hook.filter_error,
       (SELECT count(*)::int FROM (
         SELECT FROM deliveries WHERE hook_id = hook.id AND next_attempt_at IS NOT NULL AND (hook.paused OR reason = 'paused')
         LIMIT $3) AS held) AS paused,
       (SELECT count(*)::int FROM (
         SELECT FROM deliveries WHERE hook_id = hook.id AND next_attempt_at IS NOT NULL LIMIT $3) AS line) AS waiting,
       (SELECT count(*)::int FROM (
         SELECT FROM deliveries WHERE hook_id = hook.id AND next_attempt_at = 'infinity' AND reason = 'order' LIMIT $3) AS behind) AS ordered,
       (SELECT count(*)::int FROM (
         SELECT DISTINCT order_key FROM deliveries WHERE hook_id = hook.id AND reason = 'holds_key' LIMIT $3) AS held) AS held_keys,
       (SELECT min(next_attempt_at) FROM deliveries WHERE hook_id = hook.id AND next_attempt_at <= now()) AS due_since
     FROM event_hooks AS hook LEFT JOIN hook_breakers AS breaker ON breaker.hook_id = hook.id
     WHERE hook.id = $1 AND hook.workspace = $2`,
    [id, workspace, countUpTo],
  );
  return result.rows[0];
}
