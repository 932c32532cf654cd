import type { EventName } from '@eventhooks/contract';
import { deleteUserSource, isSourceEventUsed } from '@eventhooks/database';
import { recordChange } from '../changes.ts';
import { apiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { defineRoute } from '../http/route.ts';
import { printUserSource } from './put-source-event.ts';

export const deleteSourceEventRoute = defineRoute({
  method: 'delete',
  path: '/event-hooks/sources/{source}/{event}',
  operation: 'deleteSourceEvent',
  document: {
    summary: 'Delete an event of your own',
    tag: 'Sources',
    responses: { 204: { description: 'There is no such event of your own (any more).' } },
    errors: [409],
  },
  async handle(call) {
    await deleteRecorded(call, call.params);
    await call.context.catalogue.refresh();
    return { status: 204 };
  },
});

function deleteRecorded(call: Call, { source, event }: EventName): Promise<void> {
  const name = { workspace: call.workspace, source, event };
  return call.context.database.kysely.transaction().execute(async (transaction) => {
    const before = await deleteUserSource(transaction, name);
    if (before === null) return;
    if (await isSourceEventUsed(transaction, name.workspace, name.source, name.event)) {
      throw apiError('in_use', 'A hook uses this event');
    }
    await recordChange(transaction, call, {
      entity: 'sources',
      entityId: `${name.source}/${name.event}`,
      before: { ...printUserSource(before) },
      after: null,
    });
  });
}
