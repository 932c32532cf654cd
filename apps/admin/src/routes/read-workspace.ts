import { workspaceSchema } from '@eventhooks/contract';
import { listWorkspaces } from '@eventhooks/database';
import { apiError } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';
import { printWorkspace } from './list-workspaces.ts';

export const readWorkspaceRoute = defineRoute({
  method: 'get',
  path: '/workspaces/{name}',
  operation: 'readWorkspace',
  document: {
    summary: 'Read a workspace',
    tag: 'Workspaces',
    responses: { 200: { description: 'The workspace.', schema: workspaceSchema } },
  },
  async handle(call) {
    const name = call.params.name;
    const { actor, context } = call;
    const isOpen = actor.workspace === null || actor.workspace === name;
    const [row] = isOpen ? await listWorkspaces(context.database.kysely, name) : [];
    if (row === undefined) throw apiError('not_found');
    return { status: 200, body: printWorkspace(row) };
  },
});
