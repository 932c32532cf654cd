import type pg from 'pg';
import { type ChangeHandler, changesChannel } from './change-listener.ts';

/** What happened in a workspace since the last word of one process. */
export interface LiveActivity {
  workspace: string;
  /** Deliveries that were recorded or changed: some of them, when there were many. */
  ids: string[];
  /** How many there were. */
  deliveries: number;
  events: number;
}

const prefix = 'live:';

/** Tells all who listen for changes (see createChangeListener). */
export async function announceActivity(pool: pg.Pool, activity: readonly LiveActivity[]): Promise<void> {
  await pool.query('SELECT pg_notify($1, $2::text || word) FROM unnest($3::text[]) AS word', [
    changesChannel,
    prefix,
    activity.map((one) => JSON.stringify(one)),
  ]);
}

/** Reads a change listener's subject; null when it is something else. */
export function readActivity(subject: Parameters<ChangeHandler>[0]): LiveActivity | null {
  return subject?.startsWith(prefix) ? JSON.parse(subject.slice(prefix.length)) : null;
}
