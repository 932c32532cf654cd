import {
  type Database,
  type DeliveryRecord,
  returnClaimed,
  type StoredHook,
  type WaitingDelivery,
  wakeLanes,
} from '@eventhooks/database';
import type { Logger } from '@eventhooks/operations';
import type { Admission } from '../admission/admission.ts';
import type { Grant } from '../admission/grant.ts';
import type { Attempter } from '../attempt/attempter.ts';
import { deliveryOf } from '../delivery/delivery-of.ts';
import { makeWaitingRecord } from '../delivery/make-record.ts';
import type { HookIndex } from '../hooks/hook-index.ts';
import type { RecordWriter } from '../record/record-writer.ts';
import { claimUnits, type LaneUnit } from './claim-units.ts';
import { createVisitor } from './visitor.ts';

/**
 * Delivers hooks with order. Each claim takes the heads of lanes with what follows them; once their attempts have ended, the same
 * worker claims what is next in these lanes. A lane that waits is in PostgreSQL only.
 */
export interface Lanes {
  /** Claims from the hook's lanes, these among them. Resolves once they are claimed, or due for others; attempts go on. */
  visit(hookId: string, keys: readonly string[]): Promise<void>;
  /** Claims no more. */
  stop(): void;
}

export interface LanesOptions {
  database: Database;
  hooks: HookIndex;
  admission: Admission;
  attempter: Attempter;
  writer: RecordWriter;
  logger: Logger;
}

/** The most deliveries of one hook that are claimed together. */
const mostTogether = 200;
/** The most deliveries of hooks with order that a worker holds. Each has its event's data in memory. */
const mostHeld = 1_000;
/** Keys that one claim looks at. */
const mostKeys = 1_000;
/** A hook that a batch under way holds up is looked at again after this at first … */
const firstHeldUpMs = 20;
/** … and after this at last: the batch of a worker that died holds it up for as long as its lease. */
const longestHeldUpMs = 500;

export function createLanes(options: LanesOptions): Lanes {
  const { database, hooks, admission, attempter, writer, logger } = options;
  const { pool } = database;
  let held = 0;
  /** How long each hook waited for the batch that holds it up: twice as long the next time. */
  const heldUp = new Map<string, number>();
  const heldUpAgainMs = (hookId: string): number => {
    const waitMs = Math.min(2 * (heldUp.get(hookId) ?? firstHeldUpMs / 2), longestHeldUpMs);
    heldUp.set(hookId, waitMs);
    return waitMs;
  };

  const deliver = async (grant: Grant, hook: StoredHook, units: readonly LaneUnit[]): Promise<void> => {
    if (units.length === 0) return;
    const count = countDeliveries(units);
    held += count;
    try {
      const granted = { grant: { ...grant, hook }, deliveries: units.map(({ open }) => open(hook)) };
      const records = await attempter.attempt([granted]);
      // Deliveries in flight keep the lease of their claim, and record their own end.
      const ended = records.filter(({ reason }) => reason !== 'in_flight');
      if (ended.length > 0) await writer.write(ended);
    } finally {
      held -= count;
    }
  };
  const putBack = async (torn: readonly WaitingDelivery[], grant: Grant): Promise<void> => {
    if (torn.length === 0) return;
    await writer.write(torn.map((claimed) => makeWaitingRecord(deliveryOf(claimed, grant.hook), 'order', 0)));
  };

  const claim = async (hookId: string, keys: string[], freeKeys: string[]): Promise<void> => {
    const hook = hooks.find(hookId);
    const wanted = Math.min(mostTogether, mostHeld - held);
    const [admitted] = hook && wanted > 0 ? await admission.admit([{ hookId, hook, wanted }], 'backlog') : [];
    const grant = admitted?.grant;
    if (!grant) {
      // The lanes become due, for any worker that may claim.
      if (hook?.enabled && !hook.paused) await wakeLanes(pool, hookId, [...keys, ...freeKeys]);
      return;
    }
    const claimed = await claimUnits(pool, {
      grant,
      keys,
      freeKeys,
      most: wanted,
      stretch: admission.stretchOf(grant),
    });
    await hooks.catchUp(claimed.configurationVersion);
    const current = hooks.find(hookId);
    const isServed = current?.enabled === true && !current.paused;
    const used = isServed ? Math.min(grant.size, claimed.units.length) : 0;
    await admission.returnUnused(grant, grant.size - used);
    await putBack(claimed.torn, grant);
    if (isServed) deliver(grant, current, claimed.units).catch(warn);
    else if (claimed.units.length > 0) {
      await returnClaimed(
        pool,
        claimed.units.flatMap(({ ids }) => ids),
      );
    }
    if (claimed.isHeldUp) visitor.visitLater(hookId, heldUpAgainMs(hookId));
    else heldUp.delete(hookId);
  };
  const warn = (error: Error): void => logger.warn({ error: error.message }, 'lanes.failed');
  const visitor = createVisitor({ claim, onError: warn, mostKeys });

  writer.onWritten((records) => {
    for (const [hookId, keys] of groupEnded(records)) void visitor.visit(hookId, { freeKeys: keys });
  });
  return {
    visit: (hookId, keys) => visitor.visit(hookId, { keys }),
    stop: visitor.stop,
  };
}

function countDeliveries(units: readonly LaneUnit[]): number {
  return units.reduce((sum, { ids }) => sum + ids.length, 0);
}

/** The lanes, by hook, of which a delivery was attempted or put back. */
function groupEnded(records: readonly DeliveryRecord[]): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const { hookId, laneKey, reason } of records) {
    if (laneKey === null || reason === 'in_flight') continue;
    const keys = groups.get(hookId) ?? new Set();
    groups.set(hookId, keys.add(laneKey));
  }
  return groups;
}
