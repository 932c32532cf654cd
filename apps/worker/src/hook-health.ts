import type { Database, DeliveryRecord } from '@eventhooks/database';
import { disableHook, hasSucceededSince, noteFailure, noteSuccess } from '@eventhooks/database';
import type { Logger } from '@eventhooks/operations';
import type { Firing } from './firing.ts';
import type { PublishOwnEvent } from './publish-own-event.ts';

export interface HookHealth {
  /** Draws the consequences of an attempt: an endpoint that is gone, or that has failed for days, is disabled; what is exhausted is announced. */
  observe(firing: Firing, record: DeliveryRecord): void;
}

/** Nothing but failures for this long disables a hook (contract section 6, as Standard Webhooks advises). */
const failingForMs = 5 * 86_400_000;
/** How often a hook's failing is written down. */
const noteEveryMs = 60_000;

/** Watches attempts for what concerns the hook as a whole. */
export function createHookHealth(options: {
  database: Database;
  publishOwnEvent: PublishOwnEvent;
  logger: Logger;
}): HookHealth {
  const { database, publishOwnEvent, logger } = options;
  /** Hooks that fail, as this worker knows, and when it last wrote so. */
  const failing = new Map<string, number>();

  const disable = async (firing: Firing, reason: string): Promise<void> => {
    if (!(await disableHook(database.pool, firing.hook.id, reason))) return;
    logger.warn({ hook_id: firing.hook.id, reason }, 'hook.disabled');
    await publishOwnEvent(firing.hook, 'hook-disabled', { reason });
  };
  const noteFailing = async (firing: Firing): Promise<void> => {
    const { id } = firing.hook;
    if (Date.now() - (failing.get(id) ?? 0) < noteEveryMs) return;
    failing.set(id, Date.now());
    const since = await noteFailure(database.pool, id);
    if (!since || Date.now() - since.getTime() < failingForMs) return;
    // Another worker's success, or one before a restart, may not have been noted.
    if (await hasSucceededSince(database.pool, id, since)) await noteSuccess(database.pool, id);
    else await disable(firing, 'failing');
  };
  const noteSucceeding = async (firing: Firing): Promise<void> => {
    const { id } = firing.hook;
    if (!failing.delete(id)) return;
    await noteSuccess(database.pool, id);
  };
  const draw = async (firing: Firing, record: DeliveryRecord): Promise<void> => {
    if (record.attempt?.ok) return noteSucceeding(firing);
    if (record.errorCode === 'gone') await disable(firing, 'gone');
    else await noteFailing(firing);
    if (record.status === 'exhausted') {
      await publishOwnEvent(firing.hook, 'delivery-exhausted', {
        delivery_id: firing.deliveryId,
        event_id: firing.eventId,
        attempts: record.attemptCount,
        error_code: record.errorCode,
      });
    }
  };
  return {
    observe(firing, record) {
      if (record.attempt?.ok && !failing.has(firing.hook.id)) return;
      draw(firing, record).catch((error: Error) => logger.warn({ error: error.message }, 'hook_health.failed'));
    },
  };
}
