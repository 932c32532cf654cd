import type { DeliveryRecord } from '@eventhooks/database';
import type { Admission } from '../admission/admission.ts';
import { type Admitted, waitMs } from '../admission/grant.ts';
import type { Granted } from '../attempt/call.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { makeWaitingRecord } from '../delivery/make-record.ts';

/** Splits new deliveries into those that may be attempted now, by hook, and records of those that wait. */
export async function admitChunk(
  deliveries: readonly Delivery[],
  admission: Admission,
): Promise<{ granted: Granted[]; waiting: DeliveryRecord[] }> {
  const groups = [...Map.groupBy(deliveries, ({ hook }) => hook)];
  const admitted = await admission.admit(
    groups.map(([hook, group]) => ({ hookId: hook.id, hook, wanted: group.length })),
    'event',
  );
  const granted: Granted[] = [];
  const waiting: DeliveryRecord[] = [];
  admitted.forEach((answer, index) => {
    const group = groups[index]?.[1] ?? [];
    const size = answer.grant?.size ?? 0;
    if (answer.grant)
      granted.push({ grant: answer.grant, deliveries: size < group.length ? group.slice(0, size) : group });
    if (size < group.length) waiting.push(...makeWaiting(group.slice(size), answer));
  });
  return { granted, waiting };
}

function makeWaiting(deliveries: readonly Delivery[], { waits }: Admitted): DeliveryRecord[] {
  let start = 0;
  return waits.flatMap((wait) => {
    const held = deliveries.slice(start, start + wait.count);
    start += wait.count;
    return held.map((delivery, place) => makeWaitingRecord(delivery, wait.reason, waitMs(wait, place)));
  });
}
