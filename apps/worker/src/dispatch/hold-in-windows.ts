import {
  type Activity,
  type Database,
  type DeliveryRecord,
  decideWindows,
  type StoredHook,
} from '@eventhooks/database';
import type { Metrics } from '@eventhooks/operations';
import type { Delivery } from '../delivery/delivery.ts';
import { makeSuppressedRecord, makeWaitingRecord } from '../delivery/make-record.ts';

export interface WindowTools {
  database: Database;
  activity: Pick<Activity, 'noteDeliveries'>;
  metrics: Metrics;
  /** How long an attempt of the hook may take, its record included. */
  leaseMs(hook: StoredHook): number;
}

/** Bounds how long one statement holds the hooks' windows. */
const mostTogether = 2_000;

/** Whether a hook's snooze fires the last event of a window, alone or beside the first. */
export function hasWindows({ snooze, snooze_edge }: StoredHook): boolean {
  return snooze !== null && snooze > 0 && snooze_edge !== null && snooze_edge !== 'leading';
}

/**
 * Decides deliveries of hooks with windows. PostgreSQL decides and records in one step, so the batch has nothing left to record but
 * the attempts of those that fire.
 *
 * @returns the ids of the deliveries that fire now.
 */
export async function holdInWindows(
  held: readonly { delivery: Delivery; digest: string }[],
  { database, activity, metrics, leaseMs }: WindowTools,
): Promise<Set<string>> {
  const deliveries = new Map(held.map(({ delivery }) => [delivery.id, delivery]));
  const firing = new Set<string>();
  for (let start = 0; start < held.length; start += mostTogether) {
    const requests = held.slice(start, start + mostTogether).map(({ delivery, digest }) => ({
      id: delivery.id,
      eventId: delivery.eventId,
      hookId: delivery.hook.id,
      revision: delivery.hook.revision,
      workspace: delivery.workspace,
      ...delivery.name,
      digest,
      leaseMs: leaseMs(delivery.hook),
      order: delivery.order,
    }));
    const records: DeliveryRecord[] = [];
    for (const { id, decision, until, replacedId } of await decideWindows(database.pool, requests)) {
      const delivery = deliveries.get(id);
      if (!delivery) continue;
      if (decision === 'fires') firing.add(id);
      if (decision === 'pending') records.push(makeWaitingRecord(delivery, 'snooze', 0));
      const suppressed = [decision === 'suppressed' ? id : null, replacedId].filter((given) => given !== null);
      for (const suppressedId of suppressed) {
        records.push({ ...makeSuppressedRecord(delivery, 'snooze', until), id: suppressedId });
        metrics.suppressed.inc({ reason: 'snooze' });
        metrics.deliveries.add([delivery.hook.handler, 'suppressed']);
      }
    }
    activity.noteDeliveries(records);
  }
  return firing;
}
