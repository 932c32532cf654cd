import { type DeliveryRecord, timeOfId } from '@eventhooks/database';
import type { Logger, Metrics } from '@eventhooks/operations';
import type { Delivery } from '../delivery/delivery.ts';
import type { AttemptOutcome } from '../delivery/outcome.ts';

/** The metrics and the log line of one attempt. */
export function reportAttempt(
  delivery: Delivery,
  outcome: AttemptOutcome,
  record: DeliveryRecord,
  { metrics, logger }: { metrics: Metrics; logger: Logger },
): void {
  const { handler } = delivery.hook;
  metrics.attempts.add([handler, outcome.ok ? 'succeeded' : outcome.kind]);
  metrics.attemptDuration.observe(outcome.durationMs / 1000);
  const deliveries = delivery.members ?? [delivery];
  if (delivery.members) metrics.batchSize.observe(deliveries.length);
  if (delivery.attemptCount === 0) {
    for (const { eventId } of deliveries)
      metrics.eventLatency.observe(Math.max(0, Date.now() - timeOfId(eventId)) / 1000);
  }
  if (record.status === 'succeeded' || record.status === 'exhausted') {
    metrics.deliveries.add([handler, record.status], deliveries.length);
  }
  const level = outcome.ok ? 'debug' : 'info';
  if (!logger.isLevelEnabled(level)) return;
  logger[level](
    {
      ...(delivery.members
        ? { batch_id: delivery.id, deliveries: deliveries.length }
        : { delivery_id: delivery.id, event_id: delivery.eventId }),
      hook_id: delivery.hook.id,
      handler,
      attempt: record.attemptCount,
      status: record.status,
      response_status: outcome.responseStatus,
      duration_ms: Math.round(outcome.durationMs),
      ...(outcome.ok ? {} : { error_code: outcome.kind, error: outcome.message }),
    },
    'delivery.attempted',
  );
}
