import { keyDeliveries, laneKeyOf, listUnkeyed } from '@eventhooks/database';
import type { BackfillTools } from './feed-backfill.ts';
import { orderOf } from './order-of.ts';

/** Gives the next deliveries of a replay their lanes, where they were recorded before the hook's `order_by` was set or changed. */
export async function keyReplayed(
  replay: { id: string; hookId: string },
  most: number,
  { database, hooks, filtering }: BackfillTools,
): Promise<void> {
  const hook = hooks.find(replay.hookId);
  if (!hook || hook.order_by === null) return;
  const unkeyed = await listUnkeyed(database.pool, replay.id, laneKeyOf(hook.order_generation, ''), most);
  const keyed = unkeyed.flatMap((delivery) => {
    const order = orderOf(hook, { ...delivery, id: delivery.event_id }, filtering.filters);
    return order ? [{ id: delivery.id, ...order }] : [];
  });
  if (keyed.length > 0) await keyDeliveries(database.pool, keyed);
}
