import type pg from 'pg';
import { notifyChange } from './change-listener.ts';
import { type LiveActivity, printActivity } from './changes.ts';

/** Announces activity to all listeners of changes (see createChangeListener). */
export async function announceActivity(pool: pg.Pool, activity: readonly LiveActivity[]): Promise<void> {
  await pool.query(`SELECT ${notifyChange('payload')} FROM unnest($1::text[]) AS payload`, [
    activity.map(printActivity),
  ]);
}
