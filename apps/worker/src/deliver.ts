import {
  cancelDueDeliveries,
  claimDueDeliveries,
  type Database,
  type LineClaim,
  type StoredHook,
  type WaitingDelivery,
} from '@eventhooks/database';
import type { DeliveryJob } from '@eventhooks/queue';
import type { Attempter } from './attempt-firings.ts';
import type { Breakers } from './breakers.ts';
import type { Firing } from './firing.ts';
import type { HookIndex } from './hook-index.ts';
import type { Recorder } from './recorder.ts';

/** A job ends after this long, so that other hooks have their turn; what is still due is offered again. */
const turnMs = 1_000;
/** Deliveries of one hook that are claimed together … */
const hookPage = 200;
/** … and of all of a job's hooks: each brings its event's data into memory. */
const jobPage = 400;

export interface DeliverTools {
  database: Database;
  hooks: HookIndex;
  attempter: Attempter;
  breakers: Breakers;
  recorder: Recorder;
}

/** What a hook may be given now. */
interface Allowance extends LineClaim {
  probe?: { failedBefore: number };
}

/**
 * Serves hooks that have due deliveries, each as many as it has slots for, oldest first; one, where the breaker is open
 * and its probe is due. Attempts are made by the same code as first attempts.
 */
export async function deliverDue({ hookIds }: DeliveryJob, tools: DeliverTools): Promise<void> {
  const endsAt = performance.now() + turnMs;
  let served = hookIds;
  do {
    const allowances = await allow(served, tools);
    if (allowances.length === 0) return;
    const claimed = await claimDueDeliveries(tools.database.pool, allowances);
    // Else it might attempt by a hook as it was before a change that the admin has answered already.
    if (claimed) await tools.hooks.catchUp(claimed.configurationVersion);
    const counts = await attemptClaimed(allowances, claimed?.deliveries ?? [], tools);
    served = allowances
      .filter(({ hookId, most, probe }) => !probe && counts.get(hookId) === most)
      .map(({ hookId }) => hookId);
  } while (served.length > 0 && performance.now() < endsAt);
}

async function allow(hookIds: readonly string[], tools: DeliverTools): Promise<Allowance[]> {
  const allowances: Allowance[] = [];
  let room = jobPage;
  for (const hookId of hookIds) {
    const hook = tools.hooks.find(hookId);
    if (!hook?.enabled) {
      await cancelDueDeliveries(tools.database.pool, hookId, hookPage);
      continue;
    }
    const leaseMs = tools.attempter.leaseMs(hook);
    if (tools.breakers.isOpen(hookId)) {
      const failedBefore = await tools.breakers.beginProbe(hookId, leaseMs);
      if (failedBefore !== null) allowances.push({ hookId, most: 1, leaseMs, probe: { failedBefore } });
      continue;
    }
    const most = Math.min(room, hookPage, tools.attempter.freeSlots(hook));
    room -= most;
    if (most > 0) allowances.push({ hookId, most, leaseMs });
  }
  return allowances;
}

/** Returns how many were claimed of each hook. */
async function attemptClaimed(
  allowances: readonly Allowance[],
  waiting: readonly WaitingDelivery[],
  { hooks, attempter, breakers, recorder }: DeliverTools,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { hook_id } of waiting) counts.set(hook_id, (counts.get(hook_id) ?? 0) + 1);
  for (const { hookId, probe } of allowances) if (probe && !counts.has(hookId)) await breakers.dropProbe(hookId);
  const probes = new Map(allowances.map(({ hookId, probe }) => [hookId, probe]));
  const firings = waiting.flatMap((delivery) => {
    const hook = hooks.find(delivery.hook_id);
    // Of a hook that was disabled or deleted just now, it is due again after its lease, and then cancelled.
    return hook?.enabled ? [firingOf(delivery, hook, probes.get(hook.id))] : [];
  });
  const records = await attempter.attemptFirings(firings);
  // What is still in flight holds the lease it was claimed under, and records its own end.
  const ended = records.filter(({ reason }) => reason !== 'in_flight');
  if (ended.length > 0) await recorder.record(ended);
  return counts;
}

function firingOf(delivery: WaitingDelivery, hook: StoredHook, probe: Firing['probe']): Firing {
  return {
    deliveryId: delivery.id,
    eventId: delivery.event_id,
    workspace: delivery.workspace,
    data: delivery.data,
    hook,
    name: { source: delivery.source, event: delivery.event },
    attemptCount: delivery.attempt_count,
    scheduleStep: delivery.schedule_step,
    suppressedSince: delivery.suppressed_count,
    ...(probe && { probe }),
  };
}
