import { commitEvents, type Database, newId, type StoredHook } from '@eventhooks/database';
import type { EventQueue } from '@eventhooks/queue';

/** Publishes an event of the source `eventhooks` about a hook, in the hook's workspace. It takes the path of every event. */
export type PublishOwnEvent = (hook: StoredHook, event: OwnEvent, data: Record<string, unknown>) => Promise<void>;
export type OwnEvent = 'delivery-exhausted' | 'hook-disabled' | 'hook-recovered';

export function createOwnEventPublisher({
  database,
  queue,
}: {
  database: Database;
  queue: EventQueue;
}): PublishOwnEvent {
  return async (hook, event, data) => {
    // An own event about a failed delivery of an own event could go on for ever.
    if (hook.source === 'eventhooks') return;
    const ownEvent = {
      id: newId(),
      workspace: hook.workspace,
      source: 'eventhooks',
      event,
      data: JSON.stringify({ hook_id: hook.id, hook_name: hook.name, ...data }),
      publisherId: null,
    };
    const { batchId } = await commitEvents(database.pool, [ownEvent]);
    // When this fails, the scheduler enqueues the batch.
    if (batchId) await queue.enqueueBatches([{ id: batchId, events: 1 }]).catch(() => undefined);
  };
}
