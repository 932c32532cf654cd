import { type EventName, findHeardName, namesOf } from '@eventhooks/contract';
import { type EventFilters, type FilterVerdict, type SharedData, variablesOf } from './event-filters.ts';

/** An event as it is stored; `data` is JSON text. */
export interface StoredEvent {
  id: string;
  source: string;
  event: string;
  data: string;
}

/** The fields of a hook that say of which events it hears. */
export interface HearingHook {
  source: string;
  event: string | null;
  events: readonly string[] | null;
  filter: string | null;
}

/** Whether a hook hears of an event, by name and filter. */
export type Hearing =
  | { kind: 'other_event' }
  | { kind: 'heard'; name: EventName }
  | Exclude<FilterVerdict, { kind: 'passes' }>;

/**
 * Says whether a hook hears of a stored event, as dispatch would say now.
 *
 * @param timeMs the event's time, ms since the epoch.
 * @param shared parsed parts of the event, kept for the next hook.
 */
export function hear(
  hook: HearingHook,
  event: StoredEvent,
  timeMs: number,
  filters: EventFilters,
  shared: SharedData = {},
): Hearing {
  const name = findHeardName(hook, namesOf(event));
  if (name === null) return { kind: 'other_event' };
  if (hook.filter === null) return { kind: 'heard', name };
  const verdict = filters.judge(hook.filter, variablesOf({ ...event, ...name, timeMs }, shared));
  return verdict.kind === 'passes' ? { kind: 'heard', name } : verdict;
}

/** The sources of stored events that a hook's source may hear of: those of `dao:crud` are published as `crud`. */
export function sourcesOf({ source }: HearingHook): string[] {
  return source === 'dao:crud' ? [source, 'crud'] : [source];
}
