import { deleteToken } from '@eventhooks/database';
import { recordChange } from '../changes.ts';
import type { Call } from '../http/call.ts';
import { defineRoute } from '../http/route.ts';
import { printToken } from './list-tokens.ts';

export const deleteTokenRoute = defineRoute({
  method: 'delete',
  path: '/tokens/{id}',
  operation: 'deleteToken',
  document: {
    summary: 'Delete a token',
    tag: 'Tokens',
    responses: { 204: { description: 'There is no such token (any more).' } },
  },
  async handle(call) {
    await deleteRecorded(call, call.params.id);
    call.context.authenticator.forget();
    return { status: 204 };
  },
});

function deleteRecorded(call: Call, id: string): Promise<void> {
  return call.context.database.kysely.transaction().execute(async (transaction) => {
    const row = await deleteToken(transaction, call.scope, id);
    if (row === null) return;
    await recordChange(transaction, call, {
      entity: 'tokens',
      entityId: id,
      before: printToken(row),
      after: null,
      workspace: row.workspace,
    });
  });
}
