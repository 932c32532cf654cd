import { type FailureKind, failureKinds } from '@eventhooks/delivery';

interface AttemptFacts {
  startedAtMs: number;
  durationMs: number;
  /** The request and the response as JSON text for the record, or null if there was none. */
  request: string | null;
  response: string | null;
  responseStatus: number | null;
}

/** How one attempt ended. */
export type AttemptOutcome =
  | (AttemptFacts & { ok: true })
  | (AttemptFacts & { ok: false; kind: FailureKind; message: string; retryAfterMs: number | null });

/** An attempt that is ready to be made. The receiver is told `traceparent`. */
export type Attempt = (traceparent: string | null) => Promise<AttemptOutcome>;

/** The state of the endpoint as an attempt shows it. */
export type EndpointState = 'up' | 'down' | 'unknown';

export function endpointStateOf(outcome: AttemptOutcome): EndpointState {
  if (outcome.ok) return 'up';
  if (failureKinds[outcome.kind].breaker) return 'down';
  // An endpoint that refused the request is there.
  return outcome.responseStatus === null ? 'unknown' : 'up';
}

/** The outcome of an attempt that sent nothing. `response` is JSON text for the record, such as a lambda's log lines. */
export function failAttempt(
  kind: FailureKind,
  message: string,
  startedAtMs: number,
  response: string | null = null,
): AttemptOutcome {
  return {
    ok: false,
    kind,
    message,
    retryAfterMs: null,
    startedAtMs,
    durationMs: Date.now() - startedAtMs,
    request: null,
    response,
    responseStatus: null,
  };
}
