import { type Database, type OrderedRecord, recordOrdered, releaseOrder } from '@eventhooks/database';
import type { Delivery } from '../delivery/delivery.ts';
import { makeWaitingRecord } from '../delivery/make-record.ts';
import type { Lanes } from '../lanes/lanes.ts';
import type { DecidedFirings } from './decide-firings.ts';

export interface LaneTools {
  database: Database;
  lanes: Lanes;
}

export interface RecordedLanes {
  /** The rest of the batch; null when nothing is left, and the batch has left the outbox. */
  rest: DecidedFirings | null;
  /** Resolves once the lanes are claimed, or due for others. It never rejects. */
  visited: Promise<unknown>;
}

/** Rows of one statement. */
const mostTogether = 1_000;

/**
 * Records the deliveries of hooks with order, before anything is attempted: until then the batch holds up what came later. Then has
 * their lanes visited, without waiting for attempts.
 *
 * @param matched the deliveries that were decided about.
 */
export async function recordLanes(
  batchId: string,
  matched: readonly Delivery[],
  decided: DecidedFirings,
  { database, lanes }: LaneTools,
): Promise<RecordedLanes> {
  const ordered = listOrdered(matched, decided);
  if (ordered.length === 0) return { rest: decided, visited: Promise.resolve() };
  const rest = {
    ...decided,
    firing: decided.firing.filter(({ order }) => order === null),
    suppressed: decided.suppressed.filter(({ laneKey }) => laneKey === null),
  };
  const isWhole = rest.firing.length === 0 && rest.suppressed.length === 0;
  for (let start = 0; start < ordered.length; start += mostTogether) {
    const isLast = start + mostTogether >= ordered.length;
    const end = isLast ? (isWhole ? 'done' : 'recorded') : 'more';
    await recordOrdered(database.pool, batchId, ordered.slice(start, start + mostTogether), end, decided.isRemembered);
  }
  const visits = [...groupKeys(ordered)].map(([hookId, keys]) => lanes.visit(hookId, [...keys]));
  return { rest: isWhole ? null : rest, visited: Promise.all(visits) };
}

function listOrdered(matched: readonly Delivery[], { firing, suppressed }: DecidedFirings): OrderedRecord[] {
  if (!matched.some(({ order }) => order !== null)) return [];
  const orderOf = new Map(matched.flatMap(({ id, order }) => (order === null ? [] : [[id, order] as const])));
  const fired = firing.map((delivery) => makeWaitingRecord(delivery, delivery.hook.paused ? 'paused' : 'order', 0));
  return [...fired, ...suppressed].flatMap((record) => {
    const order = orderOf.get(record.id);
    return order ? [{ record, ...order }] : [];
  });
}

/** Other batches need not wait for one that takes its time over deliveries without order. */
const releaseAfterMs = 50;

/** Says soon that a batch without ordered deliveries holds up no others, unless it has ended by then. @returns a function to call when the batch has ended. */
export function releaseOrderSoon(batchId: string, { pool }: Database): () => void {
  // A failure leaves others waiting until the batch has ended.
  const timer = setTimeout(() => releaseOrder(pool, batchId).catch(() => undefined), releaseAfterMs);
  return () => clearTimeout(timer);
}

function groupKeys(ordered: readonly OrderedRecord[]): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const { record, laneKey } of ordered) {
    if (record.status !== 'waiting') continue;
    const keys = groups.get(record.hookId) ?? new Set();
    groups.set(record.hookId, keys.add(laneKey));
  }
  return groups;
}
