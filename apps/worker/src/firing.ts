import type { EventName } from '@eventhooks/contract';
import type { StoredHook } from '@eventhooks/database';
import type { FailureKind } from '@eventhooks/delivery';

/** One event that a hook is to hear of: the unit of work of both queues. */
export interface Firing {
  deliveryId: string;
  eventId: string;
  workspace: string;
  /** JSON text of the event's data. */
  data: string;
  /** The span that its attempts belong below; null when nobody traces. */
  traceparent: string | null;
  hook: StoredHook;
  /** The source and event under which the hook matched: what the receiver is told. */
  name: EventName;
  /** Attempts made before. */
  attemptCount: number;
  /** Steps of the retry schedule used up before; a manual retry starts anew. */
  scheduleStep: number;
  /** How many firings of this hook were suppressed since its last one; null for a hook without snooze and on_change. */
  suppressedSince: number | null;
  /** Of a hook with a rate limit: when its turn is, by `performance.now()`. */
  startAt?: number;
  /** Of the few attempts that are made while the hook's breaker is half-open: how many such probes failed before. */
  probe?: { failedBefore: number };
}

interface AttemptFacts {
  startedAtMs: number;
  durationMs: number;
  /** What was sent and what came back, as JSON text for the record; null where there was nothing. */
  request: string | null;
  response: string | null;
  responseStatus: number | null;
}

/** How one attempt ended. */
export type AttemptOutcome =
  | (AttemptFacts & { ok: true })
  | (AttemptFacts & { ok: false; kind: FailureKind; message: string; retryAfterMs: number | null });

/** An attempt that is ready to be made; the receiver is told `traceparent`. */
export type Attempt = (traceparent: string | null) => Promise<AttemptOutcome>;

/** The end of an attempt that sent nothing. `response`: JSON text for the record, such as a lambda's log lines. */
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
