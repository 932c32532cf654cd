import { ExactNumber } from '@eventhooks/contract/exact-json';
import { runtime, type TemplateEnvironment } from './nunjucks-internals.ts';

/** Filters beyond nunjucks's own, and those whose edge cases differ for JSON data, where null means missing. */
export function addFilters(environment: TemplateEnvironment): void {
  const truncate = environment.filters.truncate as (...args: unknown[]) => unknown;
  environment.addFilter('json', (value: unknown, spaces: unknown) => {
    const indent = typeof spaces === 'number' ? spaces : undefined;
    return JSON.stringify(value instanceof runtime.SafeString ? value.val : (value ?? null), null, indent) ?? 'null';
  });
  environment.addFilter('default', fallBack);
  environment.addFilter('d', fallBack);
  environment.addFilter('urlencode', encodeForUrl);
  environment.addFilter('truncate', (value: unknown, ...rest: unknown[]) => truncate(toText(value), ...rest));
  environment.addFilter('date', formatDate);
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (value instanceof runtime.SafeString) return value.val;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function fallBack(value: unknown, fallback: unknown, alsoForFalse: unknown): unknown {
  if (alsoForFalse === true) return value || fallback;
  return value ?? fallback;
}

function isScalar(value: object): boolean {
  return value instanceof runtime.SafeString || value instanceof ExactNumber;
}

/** Objects become `a=1&b=2`. Everything else is one encoded text. */
function encodeForUrl(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isScalar(value)) {
    return encodeURIComponent(toText(value).toWellFormed());
  }
  return Object.entries(value)
    .map(([key, item]) => `${encodeURIComponent(key.toWellFormed())}=${encodeForUrl(item)}`)
    .join('&');
}

/** Numbers below this are seconds since 1970, as Kong's are; others are milliseconds. As seconds it is in the year 5138. */
const FIRST_MILLISECONDS = 1e11;

/**
 * A time as text, in UTC. Takes epoch seconds, epoch milliseconds and texts that `Date` parses. Anything else prints nothing.
 * `format` has the letters of strftime (and Lua's `os.date`). Without it the text is ISO 8601.
 */
function formatDate(value: unknown, format: unknown): string {
  const time = toTime(value);
  if (time === null) return '';
  if (typeof format !== 'string') return time.toISOString().replace('.000Z', 'Z');
  return format.replace(/%([a-zA-Z%])/g, (whole: string, letter: string) => DATE_PARTS[letter]?.(time) ?? whole);
}

function toTime(value: unknown): Date | null {
  const text = value instanceof runtime.SafeString ? value.val : value;
  const isNumeric = typeof text === 'number' || (typeof text === 'string' && /^-?\d+(\.\d+)?$/.test(text));
  if (!isNumeric && typeof text !== 'string') return null;
  const number = Number(text);
  const time = isNumeric
    ? new Date(Math.abs(number) < FIRST_MILLISECONDS ? number * 1000 : number)
    : new Date(String(text));
  return Number.isNaN(time.getTime()) ? null : time;
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
const dayOfYear = (time: Date): number =>
  Math.floor((time.getTime() - Date.UTC(time.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;

const DATE_PARTS: Record<string, ((time: Date) => string) | undefined> = {
  Y: (time) => pad(time.getUTCFullYear(), 4),
  y: (time) => pad(time.getUTCFullYear() % 100),
  m: (time) => pad(time.getUTCMonth() + 1),
  d: (time) => pad(time.getUTCDate()),
  e: (time) => String(time.getUTCDate()).padStart(2, ' '),
  j: (time) => pad(dayOfYear(time), 3),
  H: (time) => pad(time.getUTCHours()),
  I: (time) => pad(time.getUTCHours() % 12 || 12),
  M: (time) => pad(time.getUTCMinutes()),
  S: (time) => pad(time.getUTCSeconds()),
  L: (time) => pad(time.getUTCMilliseconds(), 3),
  p: (time) => (time.getUTCHours() < 12 ? 'AM' : 'PM'),
  A: (time) => DAYS[time.getUTCDay()] ?? '',
  a: (time) => (DAYS[time.getUTCDay()] ?? '').slice(0, 3),
  B: (time) => MONTHS[time.getUTCMonth()] ?? '',
  b: (time) => (MONTHS[time.getUTCMonth()] ?? '').slice(0, 3),
  s: (time) => String(Math.floor(time.getTime() / 1000)),
  F: (time) => time.toISOString().slice(0, 10),
  T: (time) => time.toISOString().slice(11, 19),
  z: () => '+0000',
  Z: () => 'UTC',
  '%': () => '%',
};
