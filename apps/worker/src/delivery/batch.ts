import { deliveryIdOf, type StoredHook } from '@eventhooks/database';
import type { Delivery } from './delivery.ts';

/** The bytes of one request's events as JSON. What a template makes of them has a limit of its own, 256 KiB. */
const mostBytes = { webhook: 1024 * 1024, 'webhook-custom': 192 * 1024 } as const;

/** A batch with this much data is full, whatever its handler. */
export const fullBatchBytes = mostBytes.webhook;

export interface BatchBounds {
  size: number;
  bytes: number;
  /** How long a batch that is not full waits, from its first event on. */
  waitSeconds: number;
}

/** The bounds of a hook's batches, or null for a hook that has none. */
export function batchBoundsOf({ batch, handler }: StoredHook): BatchBounds | null {
  if (batch === null || (handler !== 'webhook' && handler !== 'webhook-custom')) return null;
  return { size: batch.size, bytes: mostBytes[handler], waitSeconds: batch.wait };
}

/** Splits items into those of hooks without batches, in their order, and those of each hook with batches, with its bounds. */
export function splitByBounds<Item extends { readonly hook: StoredHook }>(
  items: readonly Item[],
): { single: Item[]; bounded: Map<StoredHook, { bounds: BatchBounds; items: Item[] }> } {
  const single: Item[] = [];
  const bounded = new Map<StoredHook, { bounds: BatchBounds; items: Item[] }>();
  for (const item of items) {
    const bounds = batchBoundsOf(item.hook);
    const group = bounded.get(item.hook);
    if (bounds === null) single.push(item);
    else if (group) group.items.push(item);
    else bounded.set(item.hook, { bounds, items: [item] });
  }
  return { single, bounded };
}

/** Makes one delivery of several. */
export function makeBatch(id: string, members: readonly Delivery[]): Delivery {
  const last = members.at(-1);
  if (!last) throw new Error('a batch has at least one delivery');
  const most = (pick: (delivery: Delivery) => number): number => Math.max(...members.map(pick));
  return {
    ...last,
    id,
    traceparent: members.find(({ traceparent }) => traceparent !== null)?.traceparent ?? null,
    attemptCount: most(({ attemptCount }) => attemptCount),
    scheduleStep: most(({ scheduleStep }) => scheduleStep),
    suppressedSince: members.reduce((sum, { suppressedSince }) => sum + (suppressedSince ?? 0), 0),
    members,
  };
}

/** The id of a batch whose deliveries have no record yet. A run of their dispatch that is repeated gives it the same one. */
export function batchIdOf(members: readonly Delivery[]): string {
  return deliveryIdOf(members[0]?.eventId ?? '', members.map(({ id }) => id).join());
}

/** Splits deliveries into batches, in order. The last one may not be full. */
export function splitIntoBatches(
  deliveries: readonly Delivery[],
  { size, bytes }: BatchBounds,
): { full: Delivery[][]; rest: Delivery[] } {
  const full: Delivery[][] = [];
  let rest: Delivery[] = [];
  let restBytes = 2;
  for (const delivery of deliveries) {
    const itemBytes = itemBytesOf(delivery);
    if (rest.length > 0 && restBytes + itemBytes > bytes) {
      full.push(rest);
      rest = [];
      restBytes = 2;
    }
    rest.push(delivery);
    restBytes += itemBytes;
    if (rest.length < size) continue;
    full.push(rest);
    rest = [];
    restBytes = 2;
  }
  return { full, rest };
}

/** At least the bytes of its item: names may need escapes. claim-batches.sql counts alike. */
function itemBytesOf({ data, name }: Delivery): number {
  return Buffer.byteLength(data) + 2 * (Buffer.byteLength(name.source) + Buffer.byteLength(name.event)) + 160;
}
