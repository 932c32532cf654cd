import type pg from 'pg';
import { timeOfId } from './ids.ts';

/** How long, in seconds, the oldest of what should be on its way has been waiting; 0 when nothing waits. */
export interface BacklogAges {
  /** Since the commit of the oldest event that is not wholly dispatched. */
  dispatch: number;
  /** Since the oldest waiting delivery fell due, without the scheduler having taken it. */
  delivery: number;
}

/** Reads from the ends of two indexes, whatever the backlog's size. */
export async function readBacklogAges(pool: pg.Pool): Promise<BacklogAges> {
  const result = await pool.query<{ batch: string | null; overdue: number | null }>(`SELECT
    (SELECT id FROM dispatch_batches ORDER BY id LIMIT 1) AS batch,
    (SELECT extract(epoch FROM now() - next_attempt_at)::float8 FROM deliveries
       WHERE next_attempt_at <= now() ORDER BY next_attempt_at LIMIT 1) AS overdue`);
  const { batch = null, overdue = null } = result.rows[0] ?? {};
  return {
    dispatch: batch === null ? 0 : Math.max(0, Date.now() - timeOfId(batch)) / 1_000,
    delivery: overdue ?? 0,
  };
}
