import type { Hook } from '../api/types.ts';

/** The events that a hook hears, in words. */
export function describeEvents({ source, event }: Pick<Hook, 'source' | 'event'>): string {
  return event === null ? `every event of ${source}` : `${source}/${event}`;
}
