import {
  type ClaimedLanes,
  claimDeliveryBatches,
  claimLaneBatches,
  claimLanes,
  type StoredHook,
  type WaitingDelivery,
} from '@eventhooks/database';
import type pg from 'pg';
import type { Grant } from '../admission/grant.ts';
import { batchBoundsOf, makeBatch } from '../delivery/batch.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { deliveryOf } from '../delivery/delivery-of.ts';

/** Claimed deliveries of a lane that go together: one, or a batch. */
export interface LaneUnit {
  ids: readonly string[];
  open(hook: StoredHook): Delivery;
}

export interface ClaimedUnits extends Pick<ClaimedLanes, 'configurationVersion' | 'torn' | 'isHeldUp'> {
  /** In the order in which they must be attempted, where they have the same key. */
  units: LaneUnit[];
}

export interface UnitClaim {
  grant: Grant;
  /** Lanes to look at beside those with something due. */
  keys: readonly string[];
  /** The same, of lanes whose attempts have all ended. */
  freeKeys: readonly string[];
  /** The most deliveries. */
  most: number;
  /** The most deliveries of one lane that go one after the other. */
  stretch: number;
}

/** The most deliveries that are claimed in batches together. */
const mostInBatches = 10_000;

/** Claims from the lanes of the grant's hook: stretches of them, or one batch of each. */
export async function claimUnits(pool: pg.Pool, claim: UnitClaim): Promise<ClaimedUnits> {
  const bounds = batchBoundsOf(claim.grant.hook);
  if (bounds !== null) return claimBatches(pool, claim, bounds);
  const { grant, keys, freeKeys, most, stretch } = claim;
  const isCounted = grant.pace !== null || grant.probe !== null;
  const { deliveries, ...claimed } = await claimLanes(pool, {
    hookId: grant.hook.id,
    keys,
    freeKeys,
    mostLanes: grant.size,
    // A stretch takes one permit at a time, but a reservation for each of its deliveries.
    most: isCounted ? grant.size : most,
    stretch,
    leaseMs: grant.leaseMs,
  });
  const units = deliveries.map((one) => ({ ids: [one.id], open: (hook: StoredHook) => deliveryOf(one, hook) }));
  return { ...claimed, units };
}

async function claimBatches(
  pool: pg.Pool,
  { grant, keys, freeKeys }: UnitClaim,
  bounds: { size: number; bytes: number; waitSeconds: number },
): Promise<ClaimedUnits> {
  const { hook, leaseMs } = grant;
  const mostLanes = Math.max(1, Math.min(grant.size, Math.floor(mostInBatches / bounds.size)));
  const claim = { hookId: hook.id, keys, freeKeys, mostLanes, leaseMs, ...bounds };
  const { deliveries, ...claimed } = await claimLaneBatches(pool, claim);
  const units = [...Map.groupBy(deliveries, ({ batch_id }) => batch_id)].map(([id, members]) => unitOf(id, members));
  if (units.length >= mostLanes) return { ...claimed, units };
  // Deliveries from the time before the hook had an order are in no lane.
  const unkeyed = await claimDeliveryBatches(pool, { ...claim, most: mostLanes - units.length });
  if (unkeyed === null) return { ...claimed, units };
  const batches = unkeyed.batches.map(({ id, deliveries: members }) => unitOf(id, members));
  // The later claim has the later version.
  return { ...claimed, configurationVersion: unkeyed.configurationVersion, units: [...units, ...batches] };
}

function unitOf(batchId: string, members: readonly WaitingDelivery[]): LaneUnit {
  return {
    ids: members.map(({ id }) => id),
    open: (hook) =>
      makeBatch(
        batchId,
        members.map((member) => deliveryOf(member, hook)),
      ),
  };
}
