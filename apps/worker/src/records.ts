import { parseScheduleMs } from '@eventhooks/contract';
import type { DeliveryRecord, StoredHook } from '@eventhooks/database';
import { failureKinds, retryDelayMs } from '@eventhooks/delivery';
import type { AttemptOutcome, Firing } from './firing.ts';

/** Why a delivery waits without having been attempted. */
export type ParkReason = 'in_flight' | 'no_slot' | 'breaker_open' | 'rate_limited';

function recordOf(firing: Firing): DeliveryRecord {
  return {
    id: firing.deliveryId,
    eventId: firing.eventId,
    hookId: firing.hook.id,
    workspace: firing.workspace,
    source: firing.name.source,
    event: firing.name.event,
    status: 'waiting',
    reason: null,
    errorCode: null,
    responseStatus: null,
    attemptCount: firing.attemptCount,
    scheduleStep: firing.scheduleStep,
    suppressedCount: firing.suppressedSince,
    suppressedUntil: null,
    nextAttemptInMs: null,
    attempt: null,
  };
}

/** A delivery that has not been attempted, or whose attempt has not ended: due again after `delayMs`. */
export function recordWaiting(firing: Firing, reason: ParkReason, delayMs: number): DeliveryRecord {
  return { ...recordOf(firing), reason, nextAttemptInMs: delayMs };
}

/** A delivery that snooze or on_change held back. */
export function recordSuppressed(firing: Firing, reason: string, until: Date | null): DeliveryRecord {
  return { ...recordOf(firing), status: 'suppressed', reason, suppressedUntil: until };
}

/**
 * What an attempt's end makes of its delivery: succeeded; waiting for the next step of the retry schedule, or longer
 * where the receiver asked for it; or exhausted, when no step is left or the failure is final.
 */
export function recordAttempt(
  firing: Firing,
  outcome: AttemptOutcome,
  defaultScheduleMs: readonly number[],
): DeliveryRecord {
  const record = recordOf(firing);
  record.attemptCount = firing.attemptCount + 1;
  record.responseStatus = outcome.responseStatus;
  record.attempt = {
    number: record.attemptCount,
    startedAtMs: outcome.startedAtMs,
    durationMs: outcome.durationMs,
    ok: outcome.ok,
    errorCode: outcome.ok ? null : outcome.kind,
    errorMessage: outcome.ok ? null : outcome.message,
    request: outcome.request,
    response: outcome.response,
  };
  if (outcome.ok) {
    record.status = 'succeeded';
    return record;
  }
  const schedule = scheduleOf(firing.hook, defaultScheduleMs);
  const step = firing.scheduleStep + 1;
  const delayMs = failureKinds[outcome.kind].retry ? retryDelayMs(schedule, step) : null;
  const failed: DeliveryRecord = { ...record, errorCode: outcome.kind, scheduleStep: step };
  if (delayMs === null) return { ...failed, status: 'exhausted' };
  return { ...failed, reason: 'retry', nextAttemptInMs: Math.max(delayMs, outcome.retryAfterMs ?? 0) };
}

/** A hook's waits between attempts, in ms. */
export function scheduleOf({ retry }: StoredHook, defaultScheduleMs: readonly number[]): readonly number[] {
  return (retry && parseScheduleMs(retry.schedule)) ?? defaultScheduleMs;
}
