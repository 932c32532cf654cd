import type { Tracing } from '@eventhooks/operations';
import type { Delivery } from '../delivery/delivery.ts';
import type { Attempt, AttemptOutcome } from '../delivery/outcome.ts';

/** Makes the attempt, in a span of its own where its event is traced. */
export function traceAttempt(delivery: Delivery, attempt: Attempt, tracing: Tracing): Promise<AttemptOutcome> {
  return delivery.traceparent === null ? attempt(null) : attemptInSpan(delivery, attempt, tracing);
}

async function attemptInSpan(delivery: Delivery, attempt: Attempt, tracing: Tracing): Promise<AttemptOutcome> {
  const span = tracing.startSpan('attempt', {
    kind: 'client',
    parent: delivery.traceparent,
    attributes: {
      'eventhooks.event_id': delivery.eventId,
      'eventhooks.hook_id': delivery.hook.id,
      'eventhooks.delivery_id': delivery.id,
      'eventhooks.attempt': delivery.attemptCount + 1,
    },
  });
  const outcome = await attempt(span.traceparent).catch((error: Error) => {
    span.end({ error: error.message });
    throw error;
  });
  const status = outcome.responseStatus;
  span.end({
    ...(!outcome.ok && { error: outcome.message }),
    attributes: {
      ...(status !== null && { 'http.response.status_code': status }),
      ...(!outcome.ok && { 'error.type': outcome.kind }),
    },
  });
  return outcome;
}
