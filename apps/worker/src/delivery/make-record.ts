import { parseScheduleMs, type WaitReason } from '@eventhooks/contract';
import type { BatchMember, DeliveryRecord, StoredHook } from '@eventhooks/database';
import { failureKinds, retryDelayMs } from '@eventhooks/delivery';
import type { Delivery } from './delivery.ts';
import type { AttemptOutcome } from './outcome.ts';

function makeRecord(delivery: Delivery): DeliveryRecord {
  return {
    id: delivery.id,
    eventId: delivery.eventId,
    hookId: delivery.hook.id,
    workspace: delivery.workspace,
    source: delivery.name.source,
    event: delivery.name.event,
    status: 'waiting',
    reason: null,
    errorCode: null,
    responseStatus: null,
    attemptCount: delivery.attemptCount,
    scheduleStep: delivery.scheduleStep,
    suppressedCount: delivery.suppressedSince,
    suppressedUntil: null,
    laneKey: delivery.order?.laneKey ?? null,
    nextAttemptInMs: null,
    attempt: null,
    ...(delivery.members && { members: delivery.members.map(memberOf) }),
  };
}

function memberOf({ id, eventId, name, suppressedSince }: Delivery): BatchMember {
  return { id, eventId, ...name, suppressedCount: suppressedSince };
}

/** The record of a delivery that was not attempted, or whose attempt has not ended. It is due again after `delayMs`. */
export function makeWaitingRecord(
  delivery: Delivery,
  reason: WaitReason | 'in_flight' | 'order' | 'snooze' | 'batch',
  delayMs: number,
): DeliveryRecord {
  return { ...makeRecord(delivery), reason, nextAttemptInMs: delayMs };
}

/** The record of a delivery that snooze or on_change held back. */
export function makeSuppressedRecord(delivery: Delivery, reason: string, until: Date | null): DeliveryRecord {
  return { ...makeRecord(delivery), status: 'suppressed', reason, suppressedUntil: until };
}

/**
 * The record of a delivery after an attempt. It succeeded; or it waits for the next step of the retry schedule, or
 * longer where the receiver asked for it; or it is exhausted, because no step is left or the failure is final.
 */
export function makeAttemptRecord(
  delivery: Delivery,
  outcome: AttemptOutcome,
  defaultScheduleMs: readonly number[],
): DeliveryRecord {
  const record = makeRecord(delivery);
  record.attemptCount = delivery.attemptCount + 1;
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
  const schedule = scheduleOf(delivery.hook, defaultScheduleMs);
  const step = delivery.scheduleStep + 1;
  const delayMs = failureKinds[outcome.kind].retry ? retryDelayMs(schedule, step) : null;
  const failed: DeliveryRecord = { ...record, errorCode: outcome.kind, scheduleStep: step };
  if (delayMs === null) {
    const isHolding = delivery.order !== null && delivery.hook.on_exhausted === 'hold';
    return { ...failed, status: 'exhausted', reason: isHolding ? 'holds_key' : null };
  }
  return { ...failed, reason: 'retry', nextAttemptInMs: Math.max(delayMs, outcome.retryAfterMs ?? 0) };
}

/** A hook's waits between attempts, in ms. */
export function scheduleOf({ retry }: StoredHook, defaultScheduleMs: readonly number[]): readonly number[] {
  return (retry && parseScheduleMs(retry.schedule)) ?? defaultScheduleMs;
}
