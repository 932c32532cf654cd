import type { Hook } from '../api/types.ts';

/** The events that a hook hears of by name, in a few words. */
export function nameEvents({ source, event, events }: Pick<Hook, 'source' | 'event' | 'events'>): string {
  if (events) return `${source}/${events.join(', ')}`;
  return event === null ? `every event of ${source}` : `${source}/${event}`;
}

/** The same, with a word about its filter. */
export function describeEvents(hook: Pick<Hook, 'source' | 'event' | 'events' | 'filter'>): string {
  return nameEvents(hook) + (hook.filter ? ' that its filter lets through' : '');
}
