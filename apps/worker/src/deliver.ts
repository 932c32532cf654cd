import { claimDeliveries, type Database, type DeliveryRecord, type WaitingDelivery } from '@eventhooks/database';
import type { DeliveryJob } from '@eventhooks/queue';
import type { Attempter } from './attempt-firings.ts';
import type { Firing } from './firing.ts';
import type { HookIndex } from './hook-index.ts';
import type { Recorder } from './recorder.ts';
import { recordCancelled } from './records.ts';

/** Longer than a page takes: its budget, and recording. An attempt that outlasts it records a lease of its own. */
const leaseMs = 30_000;

export interface DeliverTools {
  database: Database;
  hooks: HookIndex;
  attempter: Attempter;
  recorder: Recorder;
}

/** Attempts a page of deliveries that were due, by the same code as first attempts. */
export async function deliverPage(page: DeliveryJob, tools: DeliverTools): Promise<void> {
  const claimed = await claimDeliveries(tools.database.pool, page, leaseMs);
  if (!claimed) return;
  // Else a hook that this worker has not heard of yet would look like a deleted one.
  await tools.hooks.catchUp(claimed.configurationVersion);
  const firings: Firing[] = [];
  const cancelled: DeliveryRecord[] = [];
  for (const delivery of claimed.deliveries) {
    const hook = tools.hooks.find(delivery.hook_id);
    const facts = factsOf(delivery);
    if (hook?.enabled) firings.push({ ...facts, hook });
    else
      cancelled.push(recordCancelled({ ...facts, hookId: delivery.hook_id }, hook ? 'hook_disabled' : 'hook_deleted'));
  }
  await tools.recorder.record([...cancelled, ...(await tools.attempter.attemptFirings(firings))]);
}

function factsOf(delivery: WaitingDelivery): Omit<Firing, 'hook'> {
  return {
    deliveryId: delivery.id,
    eventId: delivery.event_id,
    workspace: delivery.workspace,
    data: delivery.data,
    name: { source: delivery.source, event: delivery.event },
    attemptCount: delivery.attempt_count,
    scheduleStep: delivery.schedule_step,
    suppressedSince: delivery.suppressed_count,
  };
}
