import { ALL_HOOKS, addStats, emptyCounts, type StatsRow } from '@eventhooks/database';
import type pg from 'pg';

/** Each hook's deliveries in a quiet minute, and since when it fails, in minutes before now. */
const HABITS: Readonly<Record<string, { rate: number; failing: number; share: number; duration: number }>> = {
  'Order service': { rate: 14, failing: 0, share: 0.002, duration: 3 },
  'CRM contacts': { rate: 5, failing: 0, share: 0.01, duration: 4 },
  Warehouse: { rate: 4, failing: 0, share: 0, duration: 5 },
  'Slack #payments': { rate: 1, failing: 0, share: 0, duration: 3 },
  'Billing ledger': { rate: 6, failing: 95, share: 1, duration: 6 },
  'Partner ACME': { rate: 2, failing: 540, share: 0.35, duration: 3 },
  'Search index': { rate: 5, failing: 20, share: 1, duration: 3 },
  'Fraud check': { rate: 5, failing: 0, share: 0, duration: 0 },
  'Audit trail': { rate: 2, failing: 0, share: 0, duration: 0 },
};

const historyMinutes = 24 * 60;

/** The counters of a day gone by, as its traffic would have left them. */
export async function seedHistory(pool: pg.Pool): Promise<void> {
  const hooks = await pool.query<{ id: string; name: string }>('SELECT id, name FROM event_hooks');
  const now = Math.floor(Date.now() / 60_000) * 60_000;
  const rows: StatsRow[] = [];
  for (let minute = 1; minute < historyMinutes; minute += 1) {
    const minuteMs = now - minute * 60_000;
    const wave = 0.55 + 0.45 * Math.sin((minute / historyMinutes) * Math.PI * 2 + 1) + 0.25 * pseudoRandom(minute);
    const all: StatsRow = { workspace: 'default', hookId: ALL_HOOKS, minuteMs, ...emptyCounts() };
    for (const { id, name } of hooks.rows) {
      const habit = HABITS[name];
      if (habit === undefined) continue;
      const row = countMinute({ workspace: 'default', hookId: id, minuteMs, ...emptyCounts() }, habit, wave, minute);
      rows.push(row);
      for (const counter of ['succeeded', 'failed', 'suppressed', 'exhausted'] as const) all[counter] += row[counter];
      all.durations = all.durations.map((count, index) => count + (row.durations[index] ?? 0));
    }
    all.events = Math.round(all.succeeded * 0.6);
    rows.push(all);
  }
  for (let start = 0; start < rows.length; start += 2_000) await addStats(pool, rows.slice(start, start + 2_000));
}

function countMinute(row: StatsRow, habit: (typeof HABITS)[string], wave: number, minute: number): StatsRow {
  const attempts = Math.round(habit.rate * wave * (0.7 + 0.6 * pseudoRandom(minute * 31 + habit.rate)));
  const isBad = habit.failing === 0 ? pseudoRandom(minute * 7 + habit.rate) < habit.share * 5 : minute <= habit.failing;
  row.failed = isBad ? Math.round(attempts * (habit.failing === 0 ? 0.2 : habit.share)) : 0;
  row.succeeded = attempts - row.failed;
  row.exhausted = habit.failing === 540 && isBad ? row.failed : 0;
  row.suppressed = habit.duration === 5 ? Math.round(attempts * 0.4) : 0;
  const slower = isBad && habit.failing > 0 ? 2 : minute % 97 < 6 ? 1 : 0;
  row.durations[habit.duration + slower] = Math.ceil(attempts * 0.9);
  row.durations[habit.duration + slower + 1] = attempts - Math.ceil(attempts * 0.9);
  return row;
}

/** The same in every run: 0 to 1. */
function pseudoRandom(seed: number): number {
  const value = Math.sin(seed * 12.9898) * 43_758.5453;
  return value - Math.floor(value);
}
