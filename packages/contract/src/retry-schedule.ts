import ms from 'ms';

const MAX_WAIT_MS = 7 * 24 * 3_600_000;
const DURATION = /^\d{1,10}(\.\d{1,3})? ?[a-z]+$/i;

/**
 * The waits between attempts in ms, from durations (`'5s'`, `'2h'`) or whole seconds; null when one of them is
 * malformed, negative or over 7 days. An empty schedule means no retry.
 */
export function parseScheduleMs(schedule: readonly (string | number)[]): number[] | null {
  const waits: number[] = [];
  for (const step of schedule) {
    const waitMs = typeof step === 'number' ? step * 1000 : parseDurationMs(step);
    if (waitMs === null || waitMs < 0 || waitMs > MAX_WAIT_MS) return null;
    waits.push(waitMs);
  }
  return waits;
}

/** A duration with its unit (`'15s'`, `'7d'`, `'250ms'`) in whole ms, or null when malformed. A bare number has no unit and is refused. */
export function parseDurationMs(text: string): number | null {
  if (!DURATION.test(text)) return null;
  // ms types its argument as a template literal; it answers undefined for units it does not know.
  const value: number | undefined = ms(text as ms.StringValue);
  return value === undefined ? null : Math.round(value);
}
