import type { StoredHook, WaitingDelivery } from '@eventhooks/database';
import type { Delivery } from './delivery.ts';

/** A delivery that was claimed, with its hook as it is now. */
export function deliveryOf(waiting: WaitingDelivery, hook: StoredHook): Delivery {
  return {
    id: waiting.id,
    eventId: waiting.event_id,
    workspace: waiting.workspace,
    data: waiting.data,
    traceparent: waiting.traceparent,
    hook,
    name: { source: waiting.source, event: waiting.event },
    attemptCount: waiting.attempt_count,
    scheduleStep: waiting.schedule_step,
    suppressedSince: waiting.suppressed_count,
    order: waiting.order_key === null ? null : { laneKey: waiting.order_key, position: '' },
  };
}
