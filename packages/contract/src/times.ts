/** RFC 3339, section 5.6, with the zone left out or the time as a whole. */
const RFC_3339 =
  /^(?<day>\d{4}-\d\d-\d\d)(?:[Tt ](?<minute>(?:[01]\d|2[0-3]):[0-5]\d):(?<second>[0-5]\d|60)(?<fraction>\.\d+)?(?<zone>[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/;
const EPOCH_SECONDS = /^\d{1,12}(\.\d{1,6})?$/;

/** The last day that PostgreSQL and ids can both hold. */
const LATEST_MS = Date.UTC(9999, 11, 31);

export const TIME_FAULT =
  'expected an RFC 3339 time such as 2026-11-24T08:00:00Z (UTC where no zone is given), or epoch seconds';

/**
 * RFC 3339 or epoch seconds in ms since the epoch; null for anything else. A time without a zone is UTC; a day without a time is its
 * beginning. Times before 1970 count as 1970, because no record is older.
 */
export function parseTimeMs(value: string | number): number | null {
  const text = String(value);
  const timeMs = EPOCH_SECONDS.test(text) ? Number(text) * 1000 : parseRfc3339(text);
  return timeMs === null || timeMs > LATEST_MS ? null : Math.max(0, timeMs);
}

function parseRfc3339(text: string): number | null {
  const { day, minute = '00:00', second = '00', fraction = '', zone = 'Z' } = RFC_3339.exec(text)?.groups ?? {};
  if (day === undefined) return null;
  // `Date` reads the 31st of February as a day of March.
  const dayMs = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(dayMs) || !new Date(dayMs).toISOString().startsWith(day)) return null;
  // `Date` knows no leap seconds.
  return Date.parse(`${day}T${minute}:${second === '60' ? '59' : second}${fraction}${zone.toUpperCase()}`);
}
