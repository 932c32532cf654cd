import { isJsonObject, redactHeaders } from '@eventhooks/contract';
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

/** An attempt with what was sent and answered; without credentials in headers unless `withSecrets`. */
export function printAttempt(attempt: StoredAttempt, withSecrets: boolean): Record<string, unknown> {
  const request: unknown = attempt.request === null ? null : JSON.parse(attempt.request);
  const response: unknown = attempt.response === null ? null : JSON.parse(attempt.response);
  return {
    ...attempt,
    request: withSecrets ? request : hideCredentials(request),
    response: withSecrets ? response : hideCredentials(response),
  };
}

function hideCredentials(message: unknown): unknown {
  if (!isJsonObject(message) || !isJsonObject(message.headers)) return message;
  return { ...message, headers: redactHeaders(message.headers) };
}
