import { timeOfId } from '@eventhooks/database';
import { type EventFilters, type EventVariables, type SharedData, variablesOf } from '@eventhooks/expressions';
import type { Metrics } from '@eventhooks/operations';
import type { Delivery } from '../delivery/delivery.ts';
import type { FilterErrors } from '../hooks/filter-errors.ts';
import { startTimeSlices } from '../hooks/time-slices.ts';

export interface FilterTools {
  filters: EventFilters;
  errors: FilterErrors;
  metrics: Metrics;
}

/**
 * The deliveries whose hooks' filters let their events through. The data of an event are parsed once for all filters. An error
 * concerns its own hook only.
 */
export async function filterMatches(deliveries: readonly Delivery[], tools: FilterTools): Promise<Delivery[]> {
  const passing: Delivery[] = [];
  const variables = createVariables();
  const slices = startTimeSlices();
  for (const delivery of deliveries) {
    const { filter } = delivery.hook;
    if (filter === null || isHeard(delivery, filter, variables(delivery), tools)) passing.push(delivery);
    if (filter !== null && slices.isOver()) await slices.letOthersGo();
  }
  return passing;
}

function isHeard(
  delivery: Delivery,
  filter: string,
  variables: EventVariables,
  { filters, errors, metrics }: FilterTools,
): boolean {
  const verdict = filters.judge(filter, variables);
  if (verdict.kind === 'filtered') metrics.filtered.inc();
  if (verdict.kind === 'error') {
    metrics.filterErrors.inc();
    errors.note(delivery.hook, delivery.eventId, verdict.message);
  }
  return verdict.kind === 'passes';
}

/** Variables by event and name. Deliveries of an event follow each other, so those of the last one are kept. */
function createVariables(): (delivery: Delivery) => EventVariables {
  let eventId = '';
  let shared: SharedData = {};
  const byName = new Map<string, EventVariables>();
  return (delivery) => {
    if (delivery.eventId !== eventId) {
      eventId = delivery.eventId;
      shared = {};
      byName.clear();
    }
    const { source, event } = delivery.name;
    const key = `${source}\n${event}`;
    const known = byName.get(key);
    if (known) return known;
    const made = variablesOf({ id: eventId, source, event, timeMs: timeOfId(eventId), data: delivery.data }, shared);
    byName.set(key, made);
    return made;
  };
}
