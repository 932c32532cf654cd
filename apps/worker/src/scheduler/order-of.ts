import { laneKeyOf, type PastEvent, positionWithout, type StoredHook, timeOfId } from '@eventhooks/database';
import { type EventFilters, variablesOf } from '@eventhooks/expressions';

/** The lane of a past event and its place there, by the hook as it is now; null for a hook without order. */
export function orderOf(
  { order_by, order_generation }: StoredHook,
  event: PastEvent,
  filters: EventFilters,
): { laneKey: string; position: string } | null {
  if (order_by === null) return null;
  const { key } = filters.keyOf(order_by, variablesOf({ ...event, timeMs: timeOfId(event.id) }));
  return { laneKey: laneKeyOf(order_generation, key), position: event.position ?? positionWithout(event.id) };
}
