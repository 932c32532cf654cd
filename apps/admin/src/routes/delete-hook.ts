import { type Hook, printHook } from '@eventhooks/contract';
import { deleteHook } from '@eventhooks/database';
import { recordChange } from '../changes.ts';
import { publishChange } from '../hooks/publish-change.ts';
import { type Call, paramOf } from '../http/call.ts';
import type { Route } from '../http/route.ts';

export const deleteHookRoute: Route = {
  method: 'delete',
  path: '/event-hooks/{id}',
  operation: 'deleteHook',
  document: {
    summary: 'Delete an event hook',
    tag: 'Event hooks',
    responses: { 204: { description: 'There is no such hook (any more).' } },
  },
  async handle(call) {
    const id = paramOf(call, 'id').toLowerCase();
    const deleted = /^[0-9a-f-]{36}$/.test(id) ? await deleteRecorded(call, id) : null;
    if (deleted !== null) await publishChange(call, deleted, null);
    return { status: 204 };
  },
};

function deleteRecorded(call: Call, id: string): Promise<Hook | null> {
  return call.context.database.kysely.transaction().execute(async (transaction) => {
    const hook = await deleteHook(transaction, call.context.keyring, call.workspace, id);
    if (hook === null) return null;
    await recordChange(transaction, call, {
      entity: 'event_hooks',
      entityId: id,
      before: printHook(hook),
      after: null,
    });
    return hook;
  });
}
