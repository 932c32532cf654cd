import type { Hook, PrintedDecision } from '@eventhooks/contract';
import { type StoredDelivery, type StoredEvent, timeOfId } from '@eventhooks/database';
import { type EventFilters, hear, type SharedData } from '@eventhooks/expressions';

type OwnDelivery = Pick<StoredDelivery, 'id' | 'status' | 'reason'>;

/** A hook's decision about an event: from its delivery where there is one, and otherwise from the hook as it is now. */
export function printDecision(
  event: StoredEvent,
  hook: Hook,
  delivery: OwnDelivery | undefined,
  filters: EventFilters,
  shared: SharedData,
): PrintedDecision {
  const shown = delivery ? decisionOfDelivery(delivery, hook) : decisionNow(event, hook, filters, shared);
  return { hook_id: hook.id, name: hook.name, delivery_id: delivery?.id ?? null, ...shown };
}

type Decision = Pick<PrintedDecision, 'decision' | 'detail'>;

function decisionOfDelivery({ status, reason }: OwnDelivery, { paused }: Hook): Decision {
  if (status === 'suppressed') return { decision: 'suppressed', detail: reason };
  if (status === 'waiting' && (paused || reason === 'paused')) return { decision: 'paused', detail: reason };
  return { decision: 'fired', detail: reason === null ? status : `${status}: ${reason}` };
}

function decisionNow(event: StoredEvent, hook: Hook, filters: EventFilters, shared: SharedData): Decision {
  const hearing = hear(hook, event, timeOfId(event.id), filters, shared);
  if (hearing.kind === 'other_event') return { decision: 'other_event', detail: null };
  if (!hook.enabled) return { decision: 'disabled', detail: null };
  switch (hearing.kind) {
    case 'filtered':
      return { decision: 'filtered', detail: null };
    case 'error':
      return { decision: 'filter_error', detail: hearing.message };
    default:
      return { decision: 'no_delivery', detail: null };
  }
}
