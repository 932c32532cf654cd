import {
  cancelDueDeliveries,
  claimDeliveryBatches,
  claimDueDeliveries,
  type Database,
  returnClaimed,
  type StoredHook,
  type WaitingDelivery,
} from '@eventhooks/database';
import type { Admission } from '../admission/admission.ts';
import type { Admitted, Grant } from '../admission/grant.ts';
import type { Granted } from '../attempt/call.ts';
import { batchBoundsOf, makeBatch, splitByBounds } from '../delivery/batch.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { deliveryOf } from '../delivery/delivery-of.ts';
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
/** Deliveries of one hook that are claimed together in batches. */
const mostOfBatches = 4_000;

/** Claims due deliveries of the hooks, those due for longest first: as many per hook as admission grants, and at most `room`. */
export async function claimDue(hookIds: readonly string[], room: number, tools: ClaimTools): Promise<Claim> {
  const { hooks, admission, database } = tools;
  const most = Math.max(0, Math.min(mostPerHook, Math.floor(room / hookIds.length)));
  const admitted = await admission.admit(
    hookIds.map((hookId) => {
      const hook = hooks.find(hookId);
      return { hookId, hook, wanted: Math.min(most, mostBatchesOf(hook)) };
    }),
    'backlog',
  );
  for (const { hookId, waits } of admitted) {
    if (waits[0]?.reason === 'hook_disabled') await cancelDueDeliveries(database.pool, hookId, mostPerHook);
  }
  const grants = admitted.flatMap(({ grant }) => grant ?? []);
  const waitForPermits = admitted.filter(isWithoutPermit).map(({ hookId }) => hookId);
  if (grants.length === 0) return { granted: [], isAdmitted: false, more: waitForPermits };
  const groups = await claimGranted(grants, tools);
  const countOf = ({ hook }: Grant): number => groups.get(hook.id)?.length ?? 0;
  const exhausted = grants.filter((grant) => !grant.probe && countOf(grant) === grant.size);
  const granted = await Promise.all(grants.map((grant) => grantClaimed(grant, groups.get(grant.hook.id) ?? [], tools)));
  return {
    granted: granted.filter((one) => one !== null),
    isAdmitted: true,
    more: [...waitForPermits, ...exhausted.map(({ hook }) => hook.id)],
  };
}

/** Whether only a permit, or room in the job, is missing. */
function isWithoutPermit({ grant, waits }: Admitted): boolean {
  return grant === null && (waits.length === 0 || waits[0]?.reason === 'no_slot');
}

/** A claimed delivery, or several of one batch. */
interface ClaimedUnit {
  batchId: string | null;
  deliveries: readonly WaitingDelivery[];
}

/** Claims for the grants, and lets the hooks catch up: otherwise a changed hook would be attempted in its old form, although the admin has answered the change. */
async function claimGranted(grants: readonly Grant[], tools: ClaimTools): Promise<Map<string, ClaimedUnit[]>> {
  const { single, bounded } = splitByBounds(grants);
  const groups = await claimSingle(single, tools);
  for (const [hook, { bounds, items }] of bounded) {
    for (const { size, leaseMs } of items) {
      const found = await claimDeliveryBatches(tools.database.pool, {
        hookId: hook.id,
        most: size,
        ...bounds,
        leaseMs,
      });
      if (!found) continue;
      await tools.hooks.catchUp(found.configurationVersion);
      groups.set(
        hook.id,
        found.batches.map(({ id, deliveries }) => ({ batchId: id, deliveries })),
      );
    }
  }
  return groups;
}

async function claimSingle(
  grants: readonly Grant[],
  { database, hooks }: ClaimTools,
): Promise<Map<string, ClaimedUnit[]>> {
  const groups = new Map<string, ClaimedUnit[]>();
  if (grants.length === 0) return groups;
  const claims = grants.map(({ hook, size, leaseMs }) => ({ hookId: hook.id, most: size, leaseMs }));
  const claimed = await claimDueDeliveries(database.pool, claims);
  if (!claimed) return groups;
  await hooks.catchUp(claimed.configurationVersion);
  for (const [hookId, deliveries] of Map.groupBy(claimed.deliveries, ({ hook_id }) => hook_id)) {
    const units = deliveries.map((delivery) => ({ batchId: null, deliveries: [delivery] }));
    groups.set(hookId, units);
  }
  return groups;
}

/** How many batches of a hook are claimed together, so that their deliveries are not many more than those of other hooks. */
function mostBatchesOf(hook: StoredHook | undefined): number {
  const bounds = hook ? batchBoundsOf(hook) : null;
  return bounds === null ? mostPerHook : Math.max(1, Math.floor(mostOfBatches / bounds.size));
}

/** The claimed deliveries with their hook as it is now, or null where there are none, or it was disabled, deleted or paused just now. */
async function grantClaimed(
  grant: Grant,
  claimed: readonly ClaimedUnit[],
  { hooks, admission, database }: ClaimTools,
): Promise<Granted | null> {
  const hook = hooks.find(grant.hook.id);
  if (hook?.enabled && !hook.paused) {
    await admission.returnUnused(grant, grant.size - claimed.length);
    if (claimed.length === 0) return null;
    return { grant: { ...grant, hook }, deliveries: claimed.map((unit) => unitOf(unit, hook)) };
  }
  await admission.returnUnused(grant, grant.size);
  const ids = claimed.flatMap(({ deliveries }) => deliveries.map(({ id }) => id));
  if (ids.length > 0) await returnClaimed(database.pool, ids);
  return null;
}

function unitOf({ batchId, deliveries }: ClaimedUnit, hook: StoredHook): Delivery {
  const members = deliveries.map((delivery) => deliveryOf(delivery, hook));
  const [first] = members;
  return batchId === null && first ? first : makeBatch(batchId ?? '', members);
}
