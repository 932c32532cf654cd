import type { JsonObject } from '@eventhooks/contract';
import type { DeliveryRecord } from '@eventhooks/database';
import type { Metrics } from '@eventhooks/operations';
import { digestOf, type FiringRequest, type Suppression } from '@eventhooks/suppression';
import type { CatalogueIndex } from './catalogue-index.ts';
import type { Firing } from './firing.ts';
import { recordSuppressed } from './records.ts';

export interface FiringClaims {
  suppression: Suppression;
  catalogue: CatalogueIndex;
  metrics: Metrics;
}

export interface DecidedFirings {
  firing: Firing[];
  suppressed: DeliveryRecord[];
  /** Whether decisions are kept under the batch, to be released when they are recorded. */
  isRemembered: boolean;
}

/**
 * Decides which firings happen now, where their hooks ask for `snooze` or `on_change`: one call for all of a batch. The
 * decision belongs to the event: asked again for the same batch, the answer is the same.
 */
export async function claimFirings(
  claims: FiringClaims,
  batchId: string,
  firings: readonly Firing[],
): Promise<DecidedFirings> {
  const conditional = firings.filter(({ hook }) => hook.snooze !== null || hook.on_change === true);
  if (conditional.length === 0) return { firing: [...firings], suppressed: [], isRemembered: false };
  const decisions = await claims.suppression.decide(
    batchId,
    conditional.map((firing) => requestOf(firing, claims.catalogue)),
  );
  const decisionOf = new Map(conditional.map((firing, index) => [firing.deliveryId, decisions[index]]));
  const fired: Firing[] = [];
  const suppressed: DeliveryRecord[] = [];
  for (const firing of firings) {
    const decision = decisionOf.get(firing.deliveryId);
    if (!decision) fired.push(firing);
    else if (decision.fires) fired.push({ ...firing, suppressedSince: decision.suppressedSince });
    else {
      suppressed.push(recordSuppressed(firing, decision.reason, decision.until));
      claims.metrics.suppressed.inc({ reason: decision.reason });
      claims.metrics.deliveries.inc({ handler: firing.hook.handler, outcome: 'suppressed' });
    }
  }
  return { firing: fired, suppressed, isRemembered: true };
}

function requestOf(firing: Firing, catalogue: CatalogueIndex): FiringRequest {
  const { hook, name, data } = firing;
  const unique = catalogue.uniqueFieldsOf(firing.workspace, name.source, name.event);
  // Only on_change looks at what an event says; snooze alone holds back whatever comes.
  const digest = hook.on_change === true ? digestOf(JSON.parse(data) as JsonObject, unique) : '';
  return {
    hookKey: `${hook.id}:${hook.revision}`,
    eventId: firing.eventId,
    digest,
    snoozeSeconds: hook.snooze,
    onChange: hook.on_change === true,
  };
}
