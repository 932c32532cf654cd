import type { DeliveryRecord } from '@eventhooks/database';
import { batchIdOf, makeBatch, splitByBounds, splitIntoBatches } from '../delivery/batch.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { makeWaitingRecord } from '../delivery/make-record.ts';

/**
 * Makes full batches of the deliveries whose hooks ask for batches. The rest of such a hook waits in PostgreSQL, where
 * it is collected with that of other dispatches. Deliveries of other hooks stay as they are.
 */
export function collectBatches(deliveries: readonly Delivery[]): {
  units: readonly Delivery[];
  waiting: DeliveryRecord[];
} {
  if (deliveries.every(({ hook }) => hook.batch === null)) return { units: deliveries, waiting: [] };
  const waiting: DeliveryRecord[] = [];
  const { single: units, bounded } = splitByBounds(deliveries);
  for (const [hook, { bounds, items: own }] of bounded) {
    const { full, rest } = splitIntoBatches(own, bounds);
    const waitMs = (hook.batch?.wait ?? 0) * 1_000;
    // Admission records those that wait for the end of a pause.
    const isSent = rest.length > 0 && (waitMs === 0 || hook.paused === true || hook.draining);
    const batches = isSent ? [...full, rest] : full;
    units.push(...batches.map((members) => makeBatch(batchIdOf(members), members)));
    if (!isSent) waiting.push(...rest.map((delivery) => makeWaitingRecord(delivery, 'batch', waitMs)));
  }
  return { units, waiting };
}
