import {
  type ClaimedDeliveries,
  cancelDueDeliveries,
  claimDueDeliveries,
  type Database,
  type StoredHook,
  type WaitingDelivery,
} from '@eventhooks/database';
import type { Admission } from '../admission/admission.ts';
import type { Admitted, Grant } from '../admission/grant.ts';
import type { Granted } from '../attempt/call.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { HookIndex } from '../hooks/hook-index.ts';

export interface ClaimTools {
  database: Database;
  hooks: HookIndex;
  admission: Admission;
}

export interface Claim {
  granted: Granted[];
  /** Whether admission granted anything, whether or not something was due. */
  isAdmitted: boolean;
  /** Hooks that may have more to deliver now, or as soon as a permit is free. */
  more: string[];
}

/** Deliveries of one hook that are claimed together, and cancelled together. */
const mostPerHook = 200;

/** Claims due deliveries of the hooks, those due for longest first: as many per hook as admission grants, and at most `room`. */
export async function claimDue(hookIds: readonly string[], room: number, tools: ClaimTools): Promise<Claim> {
  const { hooks, admission, database } = tools;
  const wanted = Math.min(mostPerHook, Math.floor(room / hookIds.length));
  const admitted = await admission.admit(
    hookIds.map((hookId) => ({ hookId, hook: hooks.find(hookId), wanted })),
    'backlog',
  );
  for (const { hookId, waits } of admitted) {
    if (waits[0]?.reason === 'hook_disabled') await cancelDueDeliveries(database.pool, hookId, mostPerHook);
  }
  const grants = admitted.flatMap(({ grant }) => grant ?? []);
  const waitForPermits = admitted.filter(isWithoutPermit).map(({ hookId }) => hookId);
  if (grants.length === 0) return { granted: [], isAdmitted: false, more: waitForPermits };
  const claimed = await claimDueDeliveries(
    database.pool,
    grants.map(({ hook, size, leaseMs }) => ({ hookId: hook.id, most: size, leaseMs })),
  );
  // Without this, a changed hook would be attempted in its old form, although the admin has answered the change.
  if (claimed) await hooks.catchUp(claimed.configurationVersion);
  const groups = groupByHook(claimed);
  const countOf = ({ hook }: Grant): number => groups.get(hook.id)?.length ?? 0;
  for (const grant of grants) await admission.returnUnused(grant, grant.size - countOf(grant));
  const exhausted = grants.filter((grant) => !grant.probe && countOf(grant) === grant.size);
  return {
    granted: grants.flatMap((grant) => grantClaimed(grant, groups.get(grant.hook.id) ?? [], hooks)),
    isAdmitted: true,
    more: [...waitForPermits, ...exhausted.map(({ hook }) => hook.id)],
  };
}

/** Whether only a permit, or room in the job, is missing. */
function isWithoutPermit({ grant, waits }: Admitted): boolean {
  return grant === null && (waits.length === 0 || waits[0]?.reason === 'no_slot');
}

function groupByHook(claimed: ClaimedDeliveries | null): Map<string, WaitingDelivery[]> {
  const groups = new Map<string, WaitingDelivery[]>();
  for (const delivery of claimed?.deliveries ?? []) {
    const group = groups.get(delivery.hook_id);
    if (group) group.push(delivery);
    else groups.set(delivery.hook_id, [delivery]);
  }
  return groups;
}

/** The claimed deliveries with their hook as it is now. */
function grantClaimed(grant: Grant, claimed: readonly WaitingDelivery[], hooks: HookIndex): Granted[] {
  const hook = hooks.find(grant.hook.id);
  // The deliveries of a hook that was disabled, deleted or paused just now are due again after their lease.
  if (!hook?.enabled || hook.paused || claimed.length === 0) return [];
  return [{ grant: { ...grant, hook }, deliveries: claimed.map((delivery) => deliveryOf(delivery, hook)) }];
}

function deliveryOf(waiting: WaitingDelivery, hook: StoredHook): Delivery {
  return {
    id: waiting.id,
    eventId: waiting.event_id,
    workspace: waiting.workspace,
    data: waiting.data,
    traceparent: waiting.traceparent,
    hook,
    name: { source: waiting.source, event: waiting.event },
    attemptCount: waiting.attempt_count,
    scheduleStep: waiting.schedule_step,
    suppressedSince: waiting.suppressed_count,
  };
}
