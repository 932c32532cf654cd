import { describeUniqueViolation, workspaceInputSchema, workspaceSchema } from '@eventhooks/contract';
import { insertWorkspace, newId, type WorkspaceRow } from '@eventhooks/database';
import type { z } from 'zod';
import { recordChange } from '../changes.ts';
import { ApiError, schemaViolation } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { ROOT_SEGMENTS } from '../http/path.ts';
import { defineRoute } from '../http/route.ts';
import { printWorkspace } from './list-workspaces.ts';

export const createWorkspaceRoute = defineRoute({
  method: 'post',
  path: '/workspaces',
  operation: 'createWorkspace',
  isForInstallation: true,
  document: {
    summary: 'Add a workspace',
    description: 'Only by a token that opens all workspaces.',
    tag: 'Workspaces',
    body: { schema: workspaceInputSchema, examples: { team: { name: 'team-a', title: 'The A team' } } },
    responses: { 201: { description: 'The workspace.', schema: workspaceSchema } },
    errors: [409, 413, 415],
  },
  async handle(call) {
    if (ROOT_SEGMENTS.has(call.input.name)) {
      throw schemaViolation([{ path: ['name'], message: 'this name is a path of the API' }]);
    }
    const workspace = await insertRecorded(call, call.input);
    await call.context.catalogue.refresh();
    return { status: 201, body: printWorkspace(workspace) };
  },
});

function insertRecorded(
  call: Call,
  { name, title, comment, open, rate_limit }: z.infer<typeof workspaceInputSchema>,
): Promise<WorkspaceRow> {
  return call.context.database.kysely.transaction().execute(async (transaction) => {
    const row = await insertWorkspace(transaction, {
      name,
      id: newId(),
      title: title ?? null,
      comment: comment ?? null,
      open: open ?? false,
      rate_limit: rate_limit ?? null,
    });
    if (row === null) throw new ApiError(409, describeUniqueViolation('name', name));
    await recordChange(transaction, call, {
      entity: 'workspaces',
      entityId: row.id,
      before: null,
      after: printWorkspace(row),
      workspace: null,
    });
    return row;
  });
}
