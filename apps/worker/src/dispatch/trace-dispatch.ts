import type { BatchEvent } from '@eventhooks/database';
import type { TraceSpan, Tracing } from '@eventhooks/operations';

export interface DispatchTrace {
  /** The events. Each has the span under which its attempts are traced. */
  events: BatchEvent[];
  end(error?: Error): void;
}

/** Starts a span for each event of a batch that is traced. For the others nothing is started and nothing copied. */
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
