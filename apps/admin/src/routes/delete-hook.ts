import { type Hook, printHook } from '@eventhooks/contract';
import { deleteHook } from '@eventhooks/database';
import { recordChange } from '../changes.ts';
import { publishChange } from '../hooks/publish-change.ts';
import type { Call } from '../http/call.ts';
import { defineRoute } from '../http/route.ts';

export const deleteHookRoute = defineRoute({
  method: 'delete',
  path: '/event-hooks/{id}',
  operation: 'deleteHook',
  document: {
    summary: 'Delete an event hook',
    tag: 'Event hooks',
    responses: { 204: { description: 'There is no such hook (any more).' } },
  },
  async handle(call) {
    const deleted = await deleteRecorded(call, call.params.id);
    if (deleted !== null) await publishChange(call, deleted, null);
    return { status: 204 };
  },
});

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
