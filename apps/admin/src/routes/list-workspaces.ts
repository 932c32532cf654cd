import { type PrintedWorkspace, pageSchema, workspaceSchema } from '@eventhooks/contract';
import { listWorkspaces, type WorkspaceRow } from '@eventhooks/database';
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
    responses: { 200: { description: 'The workspaces.', schema: pageSchema(workspaceSchema) } },
  },
  async handle({ context, actor }) {
    const rows = await listWorkspaces(context.database.kysely, actor.workspace ?? undefined);
    return { status: 200, body: { data: rows.map(printWorkspace), next: null } };
  },
});

export function printWorkspace({ created_at, ...row }: WorkspaceRow): PrintedWorkspace {
  const { id, name, title, comment, open, rate_limit } = row;
  return { comment, created_at: toEpochSeconds(created_at), id, name, open, rate_limit, title };
}
