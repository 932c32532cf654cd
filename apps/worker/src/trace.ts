import type { BatchEvent } from '@eventhooks/database';
import type { TraceSpan, Tracing } from '@eventhooks/operations';
import type { Attempt, AttemptOutcome, Firing } from './firing.ts';

export interface DispatchTrace {
  /** The events, each telling its attempts the span that they belong below. */
  events: BatchEvent[];
  end(error?: Error): void;
}

/** Starts a span for each event of a batch that is traced. Nothing is started, and nothing copied, for the others. */
export function traceDispatch(events: readonly BatchEvent[], tracing: Tracing): DispatchTrace {
  const spans: TraceSpan[] = [];
  const traced = events.map((event) => {
    if (event.traceparent === null) return event;
    const span = tracing.startSpan('dispatch', {
      kind: 'consumer',
      parent: event.traceparent,
      attributes: { 'eventhooks.event_id': event.id },
    });
    spans.push(span);
    return { ...event, traceparent: span.traceparent };
  });
  return {
    events: traced,
    end: (error) => {
      for (const span of spans) span.end(error ? { error: error.message } : {});
    },
  };
}

/** Makes the attempt, in a span of its own where its event is traced. */
export function traceAttempt(firing: Firing, attempt: Attempt, tracing: Tracing): Promise<AttemptOutcome> {
  return firing.traceparent === null ? attempt(null) : attemptInSpan(firing, attempt, tracing);
}

async function attemptInSpan(firing: Firing, attempt: Attempt, tracing: Tracing): Promise<AttemptOutcome> {
  const span = tracing.startSpan('attempt', {
    kind: 'client',
    parent: firing.traceparent,
    attributes: {
      'eventhooks.event_id': firing.eventId,
      'eventhooks.hook_id': firing.hook.id,
      'eventhooks.delivery_id': firing.deliveryId,
      'eventhooks.attempt': firing.attemptCount + 1,
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
