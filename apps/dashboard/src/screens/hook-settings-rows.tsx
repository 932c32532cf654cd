import type { HookFieldName } from '@eventhooks/contract';
import type { ReactNode } from 'react';
import type { Hook, HookStatus } from '../api/types.ts';
import { At, formatDuration, formatMs } from '../ui/time.tsx';
import { nameEvents } from './describe-events.ts';

/** The installation's values. Absent until the hook's status has been read. */
type Defaults = HookStatus['defaults'] | undefined;

/** One setting of a hook, to read. */
interface Setting {
  /** Null: the hook does not set it. */
  value: (hook: Hook) => ReactNode | null;
  /** The text for a hook that does not set it. */
  byDefault: (defaults: Defaults) => string;
  /** Absent: of every hook. */
  isFor?: (hook: Hook) => boolean;
}

export interface SettingRow {
  name: string;
  value: ReactNode;
  isDefault: boolean;
}

const code = (text: string): ReactNode => <code className="wrap">{text}</code>;
const sendsRequests = (hook: Hook): boolean => 'url' in hook.config;

/** The fields that every hook has. Null: shown elsewhere. */
const FIELDS = {
  name: null,
  source: null,
  event: null,
  id: null,
  created_at: null,
  updated_at: null,
  enabled: null,
  paused: null,
  events: { value: nameEvents, byDefault: () => '' },
  filter: { value: ({ filter }) => filter && code(filter), byDefault: () => 'none' },
  on_change: {
    value: ({ on_change }) => (on_change === true ? 'fires only when the data changed' : null),
    byDefault: () => 'no',
  },
  snooze: { value: ({ snooze }) => snooze && formatDuration(snooze), byDefault: () => 'none' },
  snooze_edge: {
    value: ({ snooze_edge }) => snooze_edge,
    byDefault: () => 'leading',
    isFor: ({ snooze }) => snooze !== null && snooze > 0,
  },
  expires_at: { value: ({ expires_at }) => expires_at && <At at={expires_at} />, byDefault: () => 'never' },
  retry: {
    value: ({ retry }) => retry && nameSchedule(retry.schedule),
    byDefault: (defaults) => (defaults === undefined ? '' : nameSchedule(defaults.retry.schedule)),
  },
  timeout: {
    value: ({ timeout }) => timeout && nameWait(timeout / 1_000),
    byDefault: (defaults) => (defaults === undefined ? '' : nameWait(defaults.timeout / 1_000)),
  },
  rate_limit: { value: ({ rate_limit }) => rate_limit && `${rate_limit} per second`, byDefault: () => 'none' },
  max_in_flight: {
    value: ({ max_in_flight }) => max_in_flight && `${max_in_flight} per worker`,
    byDefault: (defaults) => (defaults === undefined ? '' : `${defaults.max_in_flight} per worker`),
  },
  batch: {
    value: ({ batch }) =>
      batch && `up to ${batch.size} events, ${formatDuration(batch.wait)} after the first at the latest`,
    byDefault: () => 'one event per request',
    isFor: sendsRequests,
  },
  order_by: { value: ({ order_by }) => order_by && code(order_by), byDefault: () => 'in no order' },
  on_exhausted: {
    value: ({ on_exhausted }) => on_exhausted,
    byDefault: () => 'continue',
    isFor: ({ order_by }) => order_by !== null && order_by !== undefined,
  },
  redact: {
    value: ({ redact = [] }) => (redact.length > 0 ? code(redact.join(', ')) : null),
    byDefault: () => 'nothing',
  },
  tags: { value: ({ tags = [] }) => (tags.length > 0 ? tags.join(', ') : null), byDefault: () => 'none' },
} as const satisfies Record<HookFieldName, Setting | null>;

/** Fields of `config` that the API leaves out, or answers as null, while they have their default. */
const CONFIG_FIELDS = {
  signature_algorithm: { byDefault: 'sha1', isFor: sendsRequests },
  ca: { byDefault: 'those of the system', isFor: sendsRequests },
  client_cert: { byDefault: 'none', isFor: sendsRequests },
  language: { byDefault: 'lua', isFor: (hook: Hook) => 'functions' in hook.config },
} as const;

/** Fields of `config` that have their own section, or that are not meant to be read. */
const NOT_LISTED: ReadonlySet<string> = new Set(['functions', 'payload', 'body', 'headers', 'secret', 'client_key']);

/** The rows that say how the hook's handler treats an event. */
export function listConfig(hook: Hook): SettingRow[] {
  const given = Object.entries(hook.config).filter(([name, value]) => !NOT_LISTED.has(name) && value !== null);
  const rows = given.map(([name, value]) => ({ name, value: code(String(value)), isDefault: false }));
  const absent = Object.entries(CONFIG_FIELDS).filter(
    ([name, { isFor }]) => isFor(hook) && !given.some(([known]) => known === name),
  );
  return [...rows, ...absent.map(([name, { byDefault }]) => ({ name, value: byDefault, isDefault: true }))];
}

/** How events are heard, and how what fires is delivered. */
export function listFields(hook: Hook, defaults: Defaults): SettingRow[] {
  return Object.entries<Setting | null>(FIELDS).flatMap(([name, setting]) => {
    if (setting === null || setting.isFor?.(hook) === false) return [];
    // Zero, false and the empty text are not set, or the same as not set.
    const value = setting.value(hook) || null;
    return [{ name, value: value ?? setting.byDefault(defaults), isDefault: value === null }];
  });
}

function nameSchedule(schedule: readonly (string | number)[]): string {
  if (schedule.length === 0) return 'no retry';
  return schedule.map((wait) => (typeof wait === 'number' ? nameWait(wait) : wait)).join(', ');
}

function nameWait(seconds: number): string {
  return Number.isInteger(seconds) ? formatDuration(seconds) : formatMs(seconds * 1_000);
}
