import { timeOfId } from '@eventhooks/database';
import type { BatchItem } from '@eventhooks/delivery';
import type { Delivery } from '../delivery/delivery.ts';

/** A delivery as the receiver of its batch sees it. */
export function batchItemOf({ id, eventId, name, data }: Delivery): BatchItem {
  return { id, ...name, timeMs: timeOfId(eventId), dataText: data };
}
