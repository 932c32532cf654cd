const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC_850_DATE = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME_DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * Reads `Retry-After` (RFC 9110, section 10.2.3) as a wait in ms: whole seconds, or a date in any of HTTP's three forms.
 * At most 24 hours; a date that has passed is 0; anything else is null.
 */
export function parseRetryAfterMs(value: string | undefined, nowMs: number = Date.now()): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS);
  const atMs = parseHttpDateMs(text);
  if (atMs === null) return null;
  return Math.min(Math.max(atMs - nowMs, 0), MAX_RETRY_AFTER_MS);
}

function parseHttpDateMs(text: string): number | null {
  // Date.parse alone reads dates into nearly any text, so the form is checked first. asctime has no zone and means UTC.
  let atMs = Number.NaN;
  if (IMF_FIXDATE.test(text) || RFC_850_DATE.test(text)) atMs = Date.parse(text);
  else if (ASCTIME_DATE.test(text)) atMs = Date.parse(`${text} GMT`);
  return Number.isNaN(atMs) ? null : atMs;
}
