import {
  type Database,
  type DeliveryRecord,
  disableHook,
  hasSucceededSince,
  noteFailure,
  noteSuccess,
} from '@eventhooks/database';
import type { Logger } from '@eventhooks/operations';
import type { Delivery } from '../delivery/delivery.ts';
import type { PublishOwnEvent } from './publish-own-event.ts';

/** Watches attempts for what concerns the hook as a whole. */
export interface HookHealth {
  /**
   * Disables a hook whose endpoint is gone or has failed for days, and publishes own events about that and about an
   * exhausted delivery. It does so beside the caller, who does not wait.
   */
  observe(delivery: Delivery, record: DeliveryRecord): void;
}

/** Nothing but failures for this long disables a hook (contract section 6, as Standard Webhooks advises). */
const failingForMs = 5 * 86_400_000;
/** How often a worker writes that a hook fails. */
const noteEveryMs = 60_000;

export function createHookHealth(options: {
  database: Database;
  publishOwnEvent: PublishOwnEvent;
  logger: Logger;
}): HookHealth {
  const { database, publishOwnEvent, logger } = options;
  /** Hooks that fail, as far as this worker knows, and when it last wrote so. */
  const failing = new Map<string, number>();

  const disable = async ({ hook }: Delivery, reason: string): Promise<void> => {
    const since = await disableHook(database.pool, hook.id, reason);
    if (since === null) return;
    logger.warn({ hook_id: hook.id, reason }, 'hook.disabled');
    await publishOwnEvent(hook, 'hook-disabled', { reason, since: since.toISOString() });
  };
  const noteFailing = async (delivery: Delivery): Promise<void> => {
    const { id } = delivery.hook;
    if (Date.now() - (failing.get(id) ?? 0) < noteEveryMs) return;
    failing.set(id, Date.now());
    const since = await noteFailure(database.pool, id);
    if (!since || Date.now() - since.getTime() < failingForMs) return;
    // A success in another worker, or before a restart, may not have been noted.
    if (await hasSucceededSince(database.pool, id, since)) await noteSuccess(database.pool, id);
    else await disable(delivery, 'failing');
  };
  const noteSucceeding = async ({ hook }: Delivery): Promise<void> => {
    if (failing.delete(hook.id)) await noteSuccess(database.pool, hook.id);
  };
  const act = async (delivery: Delivery, record: DeliveryRecord): Promise<void> => {
    if (record.attempt?.ok) return noteSucceeding(delivery);
    if (record.errorCode === 'gone') await disable(delivery, 'gone');
    else await noteFailing(delivery);
    if (record.status !== 'exhausted') return;
    for (const { id, eventId } of delivery.members ?? [delivery]) {
      await publishOwnEvent(delivery.hook, 'delivery-exhausted', {
        delivery_id: id,
        event_id: eventId,
        attempts: record.attemptCount,
        error_code: record.errorCode,
      });
    }
  };
  return {
    observe(delivery, record) {
      if (record.attempt?.ok && !failing.has(delivery.hook.id)) return;
      act(delivery, record).catch((error: Error) => logger.warn({ error: error.message }, 'hook_health.failed'));
    },
  };
}
