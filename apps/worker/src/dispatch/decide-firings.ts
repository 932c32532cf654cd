import type { DeliveryRecord } from '@eventhooks/database';
import type { Metrics } from '@eventhooks/operations';
import { digestOf, type FiringRequest, type Suppression } from '@eventhooks/suppression';
import type { Delivery } from '../delivery/delivery.ts';
import { makeSuppressedRecord } from '../delivery/make-record.ts';
import type { UniqueFields } from '../hooks/unique-fields.ts';
import { hasWindows, holdInWindows, type WindowTools } from './hold-in-windows.ts';

export interface FiringTools extends WindowTools {
  suppression: Suppression;
  uniqueFields: UniqueFields;
  metrics: Metrics;
}

export interface DecidedFirings {
  /** Deliveries whose hooks fire. Those of hooks with windows have a record already, as in flight. */
  firing: Delivery[];
  /** Without those of hooks with windows, which have a record already. */
  suppressed: DeliveryRecord[];
  /** Whether the decisions are kept under the batch. They are released once they are recorded. */
  isRemembered: boolean;
}

/**
 * Decides which hooks fire, where they have `snooze` or `on_change`: one call for all of a batch. The decision belongs to
 * the event, so a batch that runs again gets the same answer.
 */
export async function decideFirings(
  tools: FiringTools,
  batchId: string,
  deliveries: readonly Delivery[],
): Promise<DecidedFirings> {
  const conditional = deliveries.filter(({ hook }) => hook.snooze !== null || hook.on_change === true);
  if (conditional.length === 0) return { firing: [...deliveries], suppressed: [], isRemembered: false };
  const held = conditional.filter(({ hook }) => hasWindows(hook));
  if (held.length === 0) return decideLeading(tools, batchId, deliveries, conditional);
  const leading = await decideLeading(
    tools,
    batchId,
    deliveries,
    conditional.filter(({ hook }) => !hasWindows(hook)),
  );
  const firing = await holdInWindows(
    held.map((delivery) => ({ delivery, digest: digestFor(delivery, tools.uniqueFields) })),
    tools,
  );
  const isFiring = ({ id, hook }: Delivery): boolean => !hasWindows(hook) || firing.has(id);
  return { ...leading, firing: leading.firing.filter(isFiring) };
}

/** Decides `conditional`, which are among `deliveries`. The others fire. */
async function decideLeading(
  { suppression, uniqueFields, metrics }: FiringTools,
  batchId: string,
  deliveries: readonly Delivery[],
  conditional: readonly Delivery[],
): Promise<DecidedFirings> {
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
      metrics.deliveries.add([delivery.hook.handler, 'suppressed']);
    }
  }
  return { firing, suppressed, isRemembered: true };
}

/** The digest is for on_change alone. A snooze holds back whatever comes. */
function digestFor({ workspace, hook, name, data }: Delivery, uniqueFields: UniqueFields): string {
  return hook.on_change === true ? digestOf(data, uniqueFields.of(workspace, name.source, name.event)) : '';
}

function requestOf(delivery: Delivery, uniqueFields: UniqueFields): FiringRequest {
  const { hook, eventId } = delivery;
  return {
    hookKey: `${hook.id}:${hook.revision}`,
    eventId,
    digest: digestFor(delivery, uniqueFields),
    snoozeSeconds: hook.snooze,
    onChange: hook.on_change === true,
  };
}
