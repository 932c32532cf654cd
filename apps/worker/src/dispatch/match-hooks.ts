import { expandEvent, type JsonObject } from '@eventhooks/contract';
import { type BatchEvent, deliveryIdOf } from '@eventhooks/database';
import type { Delivery } from '../delivery/delivery.ts';
import type { HookIndex, Match } from '../hooks/hook-index.ts';

/** A delivery for each event and hook that hears of it, in the order of the events. */
export function matchHooks(events: readonly BatchEvent[], hooks: HookIndex): Delivery[] {
  // Most events of a batch have the same names as others of it.
  const known = new Map<string, Match[]>();
  return events.flatMap((event) => {
    // The names of crud events alone depend on their data.
    const { operation }: JsonObject = event.source === 'crud' ? JSON.parse(event.data) : {};
    const key = JSON.stringify([event.workspace, event.source, event.event, operation]);
    const matches = known.get(key) ?? hooks.match(event.workspace, expandEvent({ ...event, data: { operation } }));
    known.set(key, matches);
    return matches.map(({ hook, name }) => ({
      id: deliveryIdOf(event.id, hook.id),
      eventId: event.id,
      workspace: event.workspace,
      data: event.data,
      traceparent: event.traceparent,
      hook,
      name,
      attemptCount: 0,
      scheduleStep: 0,
      suppressedSince: null,
    }));
  });
}
