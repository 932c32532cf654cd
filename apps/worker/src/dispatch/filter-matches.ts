import type { EventName } from '@eventhooks/contract';
import { type BatchEvent, deliveryIdOf, laneKeyOf, positionOf, type StoredHook, timeOfId } from '@eventhooks/database';
import { type EventFilters, type EventVariables, type SharedData, variablesOf } from '@eventhooks/expressions';
import type { Metrics } from '@eventhooks/operations';
import type { Delivery, DeliveryOrder } from '../delivery/delivery.ts';
import type { FilterErrors } from '../hooks/filter-errors.ts';
import type { Match } from '../hooks/hook-index.ts';
import { startTimeSlices } from '../hooks/time-slices.ts';
import type { MatchedEvent } from './match-hooks.ts';

export interface FilterTools {
  filters: EventFilters;
  errors: FilterErrors;
  metrics: Metrics;
}

/**
 * A delivery for each event and hook whose filter lets the event through, in the order of the events. Deliveries of an
 * ordered hook get their lane. The data of an event are parsed once for all expressions. An error concerns its own hook
 * only. An event that is filtered out costs its evaluation and nothing else.
 *
 * @param batchPosition the batch's place in the order of acceptance.
 */
export async function filterMatches(
  matched: readonly MatchedEvent[],
  batchPosition: bigint,
  tools: FilterTools,
): Promise<Delivery[]> {
  const { filters, metrics } = tools;
  const passing: Delivery[] = [];
  const slices = startTimeSlices();
  let filtered = 0;
  for (const { event, matches } of matched) {
    if (matches.length === 0) continue;
    const variables = createVariables(event);
    const make = (match: Match): Delivery => {
      const { hook, name } = match;
      if (hook.order_by === null) return makeDelivery(event, match, null);
      const position = positionOf(batchPosition, event.place);
      return makeDelivery(event, match, { laneKey: chooseLane(hook, hook.order_by, variables(name), tools), position });
    };
    for (const match of matches) {
      const { hook, name } = match;
      if (hook.filter === null) {
        passing.push(make(match));
        if (hook.order_by !== null && slices.isOver()) await slices.letOthersGo();
        continue;
      }
      const verdict = filters.judge(hook.filter, variables(name));
      if (verdict.kind === 'passes') passing.push(make(match));
      else if (verdict.kind === 'filtered') filtered += 1;
      else noteError(hook, event.id, verdict.message, tools);
      if (slices.isOver()) await slices.letOthersGo();
    }
  }
  if (filtered > 0) metrics.filtered.inc(filtered);
  return passing;
}

function noteError(hook: StoredHook, eventId: string, message: string, { errors, metrics }: FilterTools): void {
  metrics.filterErrors.inc();
  errors.note(hook, eventId, message);
}

/**
 * An event's variables by the name that a hook matched. Its hooks have few names, and all of one name share the object.
 */
function createVariables({ id, data }: BatchEvent): (name: EventName) => EventVariables {
  const shared: SharedData = {};
  const byName = new Map<EventName, EventVariables>();
  return (name) => {
    const known = byName.get(name);
    if (known) return known;
    const made = variablesOf({ id, ...name, timeMs: timeOfId(id), data }, shared);
    byName.set(name, made);
    return made;
  };
}

function chooseLane(
  { order_generation }: StoredHook,
  orderBy: string,
  variables: EventVariables,
  { filters, metrics }: FilterTools,
): string {
  const { key, message } = filters.keyOf(orderBy, variables);
  if (message !== null) metrics.orderKeyErrors.inc();
  return laneKeyOf(order_generation, key);
}

function makeDelivery(
  { id, workspace, data, traceparent }: BatchEvent,
  { hook, name }: Match,
  order: DeliveryOrder | null,
): Delivery {
  return {
    id: deliveryIdOf(id, hook.id),
    eventId: id,
    workspace,
    data,
    traceparent,
    hook,
    name,
    attemptCount: 0,
    scheduleStep: 0,
    suppressedSince: null,
    order,
  };
}
