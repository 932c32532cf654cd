const maxRetryAfterMs = 24 * 3_600_000;
/** A number from here on (2001) is a time in epoch seconds; as a wait it would be decades. */
const firstEpochSeconds = 1_000_000_000;

const seconds = /^\d+(?:\.\d+)?$/;
const imfFixdate = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:GMT|UTC)$/;
const rfc850Date = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} (?:GMT|UTC)$/;
const asctimeDate = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;
/** The commas between several values, not the one after the day's name in a date. */
const separators = /,(?!\s*\d{1,2}[ -][A-Z][a-z]{2})/;

/**
 * Reads `Retry-After` (RFC 9110, section 10.2.3) as a wait in ms: seconds, decimals rounded up, a date in any of HTTP's three
 * forms, or epoch seconds, which some senders use. The longest of several values counts, at most 24 hours; a time that has
 * passed is 0. What cannot be read is ignored; null when nothing else is left.
 */
export function parseRetryAfterMs(value: string | undefined, nowMs: number = Date.now()): number | null {
  if (value === undefined) return null;
  let longestMs: number | null = null;
  for (const part of value.split(separators)) {
    const waitMs = parseWaitMs(part.trim(), nowMs);
    if (waitMs !== null) longestMs = Math.max(longestMs ?? 0, waitMs);
  }
  return longestMs === null ? null : Math.min(longestMs, maxRetryAfterMs);
}

function parseWaitMs(text: string, nowMs: number): number | null {
  if (!seconds.test(text)) {
    const atMs = parseHttpDateMs(text);
    return atMs === null ? null : Math.max(atMs - nowMs, 0);
  }
  const number = Number(text);
  if (number >= firstEpochSeconds) return Math.max(Math.ceil(number * 1000) - nowMs, 0);
  return Math.ceil(number) * 1000;
}

function parseHttpDateMs(text: string): number | null {
  // Date.parse alone reads dates into nearly any text, so the form is checked first. asctime has no zone and means UTC.
  let atMs = Number.NaN;
  if (imfFixdate.test(text) || rfc850Date.test(text)) atMs = Date.parse(text);
  else if (asctimeDate.test(text)) atMs = Date.parse(`${text} GMT`);
  return Number.isNaN(atMs) ? null : atMs;
}
