import { expandEvent, type JsonObject } from '@eventhooks/contract';
import type { BatchEvent } from '@eventhooks/database';
import type { HookIndex, Match } from '../hooks/hook-index.ts';

/** An event, and the hooks that hear of it unless their filters keep it from them. */
export interface MatchedEvent {
  event: BatchEvent;
  matches: readonly Match[];
}

/** The events of a batch, in their order, with the hooks that their names match. */
export function matchHooks(events: readonly BatchEvent[], hooks: HookIndex): MatchedEvent[] {
  // Most events of a batch have the same names as others of it.
  const known = new Map<string, Match[]>();
  return events.map((event) => {
    // The names of crud events alone depend on their data.
    const { operation }: JsonObject = event.source === 'crud' ? JSON.parse(event.data) : {};
    const key = `${event.workspace}\n${event.source}\n${event.event}\n${operation}`;
    const matches = known.get(key) ?? hooks.match(event.workspace, expandEvent({ ...event, data: { operation } }));
    known.set(key, matches);
    return { event, matches };
  });
}
