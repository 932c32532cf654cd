import { JsonText, type PrintedEvent } from '@eventhooks/contract';
import { type StoredEvent, timeOfId } from '@eventhooks/database';
import type { Answerable } from '../http/answerable.ts';

export function printEvent({ id, source, event, data, publisher_id }: StoredEvent) {
  const created_at = new Date(timeOfId(id)).toISOString();
  return { id, source, event, data: new JsonText(data), publisher_id, created_at } satisfies Answerable<PrintedEvent>;
}
