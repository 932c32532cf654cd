import { deleteWorkspace } from '@eventhooks/database';
import { recordChange } from '../changes.ts';
import { apiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { defineRoute } from '../http/route.ts';
import { printWorkspace } from './list-workspaces.ts';

export const deleteWorkspaceRoute = defineRoute({
  method: 'delete',
  path: '/workspaces/{name}',
  operation: 'deleteWorkspace',
  isForInstallation: true,
  document: {
    summary: 'Delete a workspace',
    description: 'With its sources and tokens, unless it holds hooks. `default` stays.',
    tag: 'Workspaces',
    responses: { 204: { description: 'There is no such workspace (any more).' } },
    errors: [409],
  },
  async handle(call) {
    const name = call.params.name;
    if (name === 'default') throw apiError('in_use', "The workspace 'default' cannot be deleted");
    await deleteRecorded(call, name);
    call.context.authenticator.forget();
    await call.context.catalogue.refresh();
    return { status: 204 };
  },
});

function deleteRecorded(call: Call, name: string): Promise<void> {
  return call.context.database.kysely.transaction().execute(async (transaction) => {
    const deletion = await deleteWorkspace(transaction, name);
    if (!deletion.ok) throw apiError('in_use', 'Workspace is not empty: it holds hooks');
    if (deletion.workspace === null) return;
    await recordChange(transaction, call, {
      entity: 'workspaces',
      entityId: deletion.workspace.id,
      before: printWorkspace(deletion.workspace),
      after: null,
      workspace: null,
    });
  });
}
