import { type StoredAttempt, type StoredDelivery, timeOfId } from '@eventhooks/database';

export function printDelivery(delivery: StoredDelivery): Record<string, unknown> {
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
    attempt_count: delivery.attempt_count,
    suppressed_count: delivery.suppressed_count,
    suppressed_until: delivery.suppressed_until,
    next_attempt_at: delivery.next_attempt_at,
    created_at: new Date(timeOfId(delivery.id)).toISOString(),
    updated_at: delivery.updated_at,
  };
}

export function printAttempt(attempt: StoredAttempt): Record<string, unknown> {
  return {
    ...attempt,
    request: attempt.request === null ? null : JSON.parse(attempt.request),
    response: attempt.response === null ? null : JSON.parse(attempt.response),
  };
}
