import {
  type PrintedAttempt,
  type PrintedDelivery,
  parseExact,
  type RecordedMessage,
  redactMessage,
} from '@eventhooks/contract';
import { printLaneKey, type StoredAttempt, type StoredDelivery, timeOfId } from '@eventhooks/database';
import type { Answerable } from '../http/answerable.ts';
import { toIsoOrNull } from './print-time.ts';

export function printDelivery(delivery: StoredDelivery): PrintedDelivery {
  return {
    id: delivery.id,
    event_id: delivery.event_id,
    hook_id: delivery.hook_id,
    source: delivery.source,
    event: delivery.event,
    status: delivery.status,
    reason: delivery.reason,
    error_code: delivery.error_code,
    response_status: delivery.response_status,
    batch_id: delivery.batch_id,
    attempt_count: delivery.attempt_count,
    suppressed_count: delivery.suppressed_count,
    suppressed_until: toIsoOrNull(delivery.suppressed_until),
    next_attempt_at: toIsoOrNull(delivery.next_attempt_at),
    order_key: delivery.order_key === null ? null : printLaneKey(delivery.order_key),
    created_at: new Date(timeOfId(delivery.id)).toISOString(),
    updated_at: delivery.updated_at.toISOString(),
  };
}

/** An attempt with its request and response; headers show credentials only with `withSecrets`. */
export function printAttempt(attempt: StoredAttempt, withSecrets: boolean): Answerable<PrintedAttempt> {
  return {
    number: attempt.number,
    started_at: attempt.started_at.toISOString(),
    duration_ms: attempt.duration_ms,
    ok: attempt.ok,
    error_code: attempt.error_code,
    error_message: attempt.error_message,
    request: printMessage(attempt.request, withSecrets),
    response: printMessage(attempt.response, withSecrets),
  };
}

/** A message also holds logged data, so it is read without loss. */
function printMessage(recorded: string | null, withSecrets: boolean): Answerable<RecordedMessage> | null {
  if (recorded === null) return null;
  const message = withSecrets ? parseExact(recorded) : redactMessage(recorded);
  return message instanceof Map ? message : null;
}
