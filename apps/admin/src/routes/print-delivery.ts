import { parseExact, redactHeaders } from '@eventhooks/contract';
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
  return {
    ...attempt,
    request: printMessage(attempt.request, withSecrets),
    response: printMessage(attempt.response, withSecrets),
  };
}

/** A message holds what was logged, too: data, without loss. */
function printMessage(text: string | null, withSecrets: boolean): unknown {
  if (text === null) return null;
  const message = parseExact(text);
  const headers = message instanceof Map ? message.get('headers') : undefined;
  if (withSecrets || !(message instanceof Map) || !(headers instanceof Map)) return message;
  return new Map<string, unknown>([...message, ['headers', redactHeaders(Object.fromEntries(headers))]]);
}
