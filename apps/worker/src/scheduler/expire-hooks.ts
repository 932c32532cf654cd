import { type Database, expireHooks } from '@eventhooks/database';
import type { Logger } from '@eventhooks/operations';
import type { HookIndex } from '../hooks/hook-index.ts';
import type { PublishOwnEvent } from '../hooks/publish-own-event.ts';

export interface ExpiryTools {
  database: Database;
  hooks: HookIndex;
  publishOwnEvent: PublishOwnEvent;
  logger: Logger;
}

const mostTogether = 100;

/** Disables the hooks whose time has come, and publishes an own event about each. */
export async function disableExpired({ database, hooks, publishOwnEvent, logger }: ExpiryTools): Promise<void> {
  for (const { id, since } of await expireHooks(database.pool, mostTogether)) {
    logger.info({ hook_id: id, reason: 'expired' }, 'hook.disabled');
    const hook = hooks.find(id);
    if (hook) await publishOwnEvent(hook, 'hook-disabled', { reason: 'expired', since: since.toISOString() });
  }
}
