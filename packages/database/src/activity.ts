import type { Database } from './connect.ts';
import { ALL_HOOKS, addStats, DURATION_BOUNDS_MS, emptyCounts, type StatsRow } from './delivery-stats.ts';
import { announceActivity } from './live.ts';
import type { DeliveryRecord } from './record-deliveries.ts';

export interface Activity {
  /** Counts deliveries that were recorded. */
  noteDeliveries(records: readonly DeliveryRecord[]): void;
  /** Counts events that were committed in one workspace. */
  noteEvents(workspace: string, count: number): void;
  /** Writes and announces the counts that are left. */
  close(): Promise<void>;
}

/** How often counters are added to the tables. */
const writeEveryMs = 5_000;
/** How often activity is announced. */
const announceEveryMs = 500;
/** The most rows of counters in memory. Beyond it, while PostgreSQL is away for long, nothing is counted. */
const maxRows = 20_000;
/**
 * The most workspaces, and ids of deliveries in each, that are announced. Further deliveries are only counted, because a
 * notification has at most 8,000 bytes.
 */
const maxWorkspaces = 50;
const maxIds = 100;

interface Announcement {
  ids: string[];
  deliveries: number;
  events: number;
}

/**
 * Counts the events and deliveries of this process and announces them, beside their path: nothing waits for it, and the
 * number of its statements does not grow with the traffic. A crash loses the counts of the last seconds.
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
        // Records of one hook follow one another.
        if (record.hookId !== last?.hookId || record.workspace !== last.workspace) {
          rowsOfLast = [record.hookId, ALL_HOOKS].map((hookId) => rowOf(record.workspace, hookId, minuteMs));
          last = record;
        }
        const deliveries = record.members ?? [record];
        for (const row of rowsOfLast) countRecord(record, row, deliveries.length);
        const announcement = announcementOf(record.workspace);
        if (announcement === null) continue;
        announcement.deliveries += deliveries.length;
        for (const { id } of deliveries) if (announcement.ids.length < maxIds) announcement.ids.push(id);
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

/** An attempt of a batch is one of each of its deliveries. */
function countRecord({ status, attempt }: DeliveryRecord, row: StatsRow | null, deliveries: number): void {
  if (row === null) return;
  if (status === 'exhausted') row.exhausted += deliveries;
  if (status === 'suppressed') row.suppressed += deliveries;
  if (attempt === null) return;
  if (attempt.ok) row.succeeded += deliveries;
  else row.failed += deliveries;
  const bound = DURATION_BOUNDS_MS.findIndex((boundMs) => attempt.durationMs <= boundMs);
  const bucket = bound === -1 ? DURATION_BOUNDS_MS.length : bound;
  row.durations[bucket] = (row.durations[bucket] ?? 0) + deliveries;
}
