import { type EventName, expandEvent } from './catalogue.ts';
import { compilePattern } from './event-pattern.ts';

/** The fields of a hook that say of which events it hears, apart from its filter. */
interface Listener {
  source: string;
  event: string | null;
  events: readonly string[] | null;
}

/** The first of an event's names under which a hook hears of it, or null. */
export function findHeardName(hook: Listener, names: readonly EventName[]): EventName | null {
  return names.find((name) => name.source === hook.source && hearsOf(hook, name.event)) ?? null;
}

function hearsOf({ event, events }: Listener, name: string): boolean {
  if (events) return events.some((pattern) => compilePattern(pattern)(name));
  return event === null || event === name;
}

/** The names of a stored event. Those of `crud` events alone depend on their data. */
export function namesOf({ source, event, data }: EventName & { data: string }): EventName[] {
  if (source !== 'crud') return [{ source, event }];
  const { operation }: Record<string, unknown> = JSON.parse(data);
  return expandEvent({ source, event, data: { operation } });
}
