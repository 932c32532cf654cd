import { JsonText } from '@eventhooks/contract';
import { type StoredEvent, timeOfId } from '@eventhooks/database';

export function printEvent({ id, source, event, data, publisher_id }: StoredEvent): Record<string, unknown> {
  return {
    id,
    source,
    event,
    data: new JsonText(data),
    publisher_id,
    created_at: new Date(timeOfId(id)).toISOString(),
  };
}
