import type { Database } from './connect.ts';
import type { DeliveryRecord } from './deliveries.ts';
import { ALL_HOOKS, addStats, DURATION_BOUNDS_MS, emptyCounts, type StatsRow } from './delivery-stats.ts';
import { announceActivity } from './live.ts';

export interface Activity {
  /** What was recorded of deliveries. */
  noteDeliveries(records: readonly DeliveryRecord[]): void;
  /** Events that were committed, in one workspace. */
  noteEvents(workspace: string, count: number): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

/** A minute's counters are written this often. */
const writeEveryMs = 5_000;
/** Those who look on are told this often. */
const announceEveryMs = 500;
/** Rows of counters held at most; should PostgreSQL be away for long, more are left uncounted. */
const maxRows = 20_000;
/** Workspaces, and deliveries of each, that one announcement names; of more it tells the number. It must fit into a notification. */
const maxWorkspaces = 50;
const maxIds = 100;

interface Announcement {
  ids: string[];
  deliveries: number;
  events: number;
}

/**
 * Counts what passes through this process and tells others of it, beside the path of events and deliveries: nothing waits for
 * it, and what it costs does not grow with the traffic. It is no record: a crash loses the last seconds' counts.
 */
export function createActivity(database: Database, onError: (error: Error) => void): Activity {
  const rows = new Map<string, StatsRow>();
  const announcements = new Map<string, Announcement>();

  const rowOf = (workspace: string, hookId: string, minuteMs: number): StatsRow | null => {
    const key = `${workspace} ${hookId} ${minuteMs}`;
    const known = rows.get(key);
    if (known !== undefined) return known;
    if (rows.size >= maxRows) return null;
    const row = { workspace, hookId, minuteMs, ...emptyCounts() };
    rows.set(key, row);
    return row;
  };
  const announcementOf = (workspace: string): Announcement | null => {
    const known = announcements.get(workspace);
    if (known !== undefined || announcements.size >= maxWorkspaces) return known ?? null;
    const announcement = { ids: [], deliveries: 0, events: 0 };
    announcements.set(workspace, announcement);
    return announcement;
  };
  const write = async (): Promise<void> => {
    if (rows.size === 0) return;
    const page = [...rows.values()];
    rows.clear();
    await addStats(database.pool, page).catch(onError);
  };
  const announce = async (): Promise<void> => {
    if (announcements.size === 0) return;
    const page = [...announcements].map(([workspace, announcement]) => ({ workspace, ...announcement }));
    announcements.clear();
    await announceActivity(database.pool, page).catch(onError);
  };
  const timers = [
    setInterval(() => void write(), writeEveryMs).unref(),
    setInterval(() => void announce(), announceEveryMs).unref(),
  ];
  return {
    noteDeliveries(records) {
      const minuteMs = minuteOf(Date.now());
      let last: DeliveryRecord | undefined;
      let rowsOfLast: (StatsRow | null)[] = [];
      for (const record of records) {
        // One hook's records come together.
        if (record.hookId !== last?.hookId || record.workspace !== last.workspace) {
          rowsOfLast = [record.hookId, ALL_HOOKS].map((hookId) => rowOf(record.workspace, hookId, minuteMs));
          last = record;
        }
        for (const row of rowsOfLast) countRecord(record, row);
        const announcement = announcementOf(record.workspace);
        if (announcement === null) continue;
        announcement.deliveries += 1;
        if (announcement.ids.length < maxIds) announcement.ids.push(record.id);
      }
    },
    noteEvents(workspace, count) {
      const row = rowOf(workspace, ALL_HOOKS, minuteOf(Date.now()));
      if (row !== null) row.events += count;
      const announcement = announcementOf(workspace);
      if (announcement !== null) announcement.events += count;
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      await write();
      await announce();
    },
  };
}

function minuteOf(timeMs: number): number {
  return Math.floor(timeMs / 60_000) * 60_000;
}

function countRecord({ status, attempt }: DeliveryRecord, row: StatsRow | null): void {
  if (row === null) return;
  if (status === 'exhausted') row.exhausted += 1;
  if (status === 'suppressed') row.suppressed += 1;
  if (attempt === null) return;
  if (attempt.ok) row.succeeded += 1;
  else row.failed += 1;
  const bound = DURATION_BOUNDS_MS.findIndex((boundMs) => attempt.durationMs <= boundMs);
  const bucket = bound === -1 ? DURATION_BOUNDS_MS.length : bound;
  row.durations[bucket] = (row.durations[bucket] ?? 0) + 1;
}
