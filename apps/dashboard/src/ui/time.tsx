import { useEffect, useState } from 'react';

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

const LONG_UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `4m 12s`, `3d 2h`: the two largest units. */
export function formatDuration(seconds: number): string {
  const rest = Math.max(0, Math.round(seconds));
  const first = UNITS.findIndex(([, size]) => rest >= size);
  if (first === -1) return '0s';
  const parts = UNITS.slice(first, first + 2).map(([unit, size], index) => {
    const [, larger = Number.POSITIVE_INFINITY] = UNITS[first + index - 1] ?? [];
    return [Math.floor((rest % (index === 0 ? Number.POSITIVE_INFINITY : larger)) / size), unit] as const;
  });
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}

export function formatMs(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1_000) return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s` : formatDuration(ms / 1_000);
}

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const dayWithYear = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', year: 'numeric' });

/** The current time, updated every `everyMs`. */
function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** ISO text or epoch seconds. */
function toDate(at: string | number): Date {
  return new Date(typeof at === 'number' ? at * 1_000 : at);
}

/** `3m 20s ago`, with the full time on hover. */
export function Ago({ at }: { at: string | number }) {
  const now = useNow(5_000);
  const date = toDate(at);
  const seconds = (now - date.getTime()) / 1_000;
  const [largest] = formatDuration(Math.abs(seconds)).split(' ');
  return (
    <time dateTime={date.toISOString()} title={full.format(date)}>
      {Math.abs(seconds) < 3 ? 'just now' : seconds > 0 ? `${largest} ago` : `in ${largest}`}
    </time>
  );
}

/** `5 minutes`: how long ago it began, in its largest unit. */
export function Elapsed({ since }: { since: string | number }) {
  const now = useNow(5_000);
  const date = toDate(since);
  const seconds = Math.max(1, (now - date.getTime()) / 1_000);
  const [name, size] = LONG_UNITS.find(([, one]) => seconds >= one) ?? ['second', 1];
  const text = new Intl.NumberFormat('en', { style: 'unit', unit: name, unitDisplay: 'long' });
  return (
    <time dateTime={date.toISOString()} title={full.format(date)}>
      {text.format(Math.floor(seconds / size))}
    </time>
  );
}

/** The time of day, with the date unless it is today, and the year unless it is this one. */
export function At({ at }: { at: string | number }) {
  const date = toDate(at);
  const today = new Date();
  const isToday = date.toDateString() === today.toDateString();
  const shownDay = date.getFullYear() === today.getFullYear() ? day : dayWithYear;
  return (
    <time dateTime={date.toISOString()} title={full.format(date)} className="number">
      {isToday ? clock.format(date) : `${shownDay.format(date)}, ${clock.format(date)}`}
    </time>
  );
}

/** The time left until a moment. */
export function Countdown({ until, over = 'now' }: { until: string | number; over?: string }) {
  const now = useNow(1_000);
  const seconds = (toDate(until).getTime() - now) / 1_000;
  return (
    <span className="number" role="timer">
      {seconds < 1 ? over : `in ${formatDuration(seconds)}`}
    </span>
  );
}
