import { type PrintedWorkspace, pageQuerySchema, pageSchema, workspaceSchema } from '@eventhooks/contract';
import { listWorkspacePage, type WorkspaceRow } from '@eventhooks/database';
import { buildPage } from '../http/page.ts';
import { defineRoute } from '../http/route.ts';
import { toEpochSeconds } from './print-time.ts';

export const listWorkspacesRoute = defineRoute({
  method: 'get',
  path: '/workspaces',
  operation: 'listWorkspaces',
  document: {
    summary: 'List workspaces',
    description: 'All of them, or the one that the token opens.',
    tag: 'Workspaces',
    query: pageQuerySchema,
    responses: { 200: { description: 'A page of workspaces.', schema: pageSchema(workspaceSchema) } },
  },
  async handle(call) {
    const { size, offset: after = null } = call.query;
    const rows = await listWorkspacePage(call.context.database.kysely, { name: call.actor.workspace, size, after });
    return { status: 200, body: buildPage(call, rows, printWorkspace) };
  },
});

export function printWorkspace({ created_at, ...row }: WorkspaceRow): PrintedWorkspace {
  const { id, name, title, comment, open, rate_limit } = row;
  return { comment, created_at: toEpochSeconds(created_at), id, name, open, rate_limit, title };
}
