import type { DeliveryRecord } from '@eventhooks/database';
import type { Metrics } from '@eventhooks/operations';
import { digestOf, type FiringRequest, type Suppression } from '@eventhooks/suppression';
import type { Delivery } from '../delivery/delivery.ts';
import { makeSuppressedRecord } from '../delivery/make-record.ts';
import type { UniqueFields } from '../hooks/unique-fields.ts';

export interface FiringTools {
  suppression: Suppression;
  uniqueFields: UniqueFields;
  metrics: Metrics;
}

export interface DecidedFirings {
  /** Deliveries whose hooks fire. */
  firing: Delivery[];
  suppressed: DeliveryRecord[];
  /** Whether the decisions are kept under the batch. They are released once they are recorded. */
  isRemembered: boolean;
}

/**
 * Decides which hooks fire, where they have `snooze` or `on_change`: one call for all of a batch. The decision belongs to
 * the event, so a batch that runs again gets the same answer.
 */
export async function decideFirings(
  { suppression, uniqueFields, metrics }: FiringTools,
  batchId: string,
  deliveries: readonly Delivery[],
): Promise<DecidedFirings> {
  const conditional = deliveries.filter(({ hook }) => hook.snooze !== null || hook.on_change === true);
  if (conditional.length === 0) return { firing: [...deliveries], suppressed: [], isRemembered: false };
  const decisions = await suppression.decide(
    batchId,
    conditional.map((delivery) => requestOf(delivery, uniqueFields)),
  );
  const decisionOf = new Map(conditional.map(({ id }, index) => [id, decisions[index]]));
  const firing: Delivery[] = [];
  const suppressed: DeliveryRecord[] = [];
  for (const delivery of deliveries) {
    const decision = decisionOf.get(delivery.id);
    if (!decision) firing.push(delivery);
    else if (decision.fires) firing.push({ ...delivery, suppressedSince: decision.suppressedSince });
    else {
      suppressed.push(makeSuppressedRecord(delivery, decision.reason, decision.until));
      metrics.suppressed.inc({ reason: decision.reason });
      metrics.deliveries.inc({ handler: delivery.hook.handler, outcome: 'suppressed' });
    }
  }
  return { firing, suppressed, isRemembered: true };
}

function requestOf({ eventId, workspace, hook, name, data }: Delivery, uniqueFields: UniqueFields): FiringRequest {
  const unique = uniqueFields.of(workspace, name.source, name.event);
  // The digest is for on_change alone. A snooze holds back whatever comes.
  const digest = hook.on_change === true ? digestOf(data, unique) : '';
  return {
    hookKey: `${hook.id}:${hook.revision}`,
    eventId,
    digest,
    snoozeSeconds: hook.snooze,
    onChange: hook.on_change === true,
  };
}
