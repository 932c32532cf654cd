import { type PrintedWorkspace, workspacePatchSchema, workspaceSchema } from '@eventhooks/contract';
import { updateWorkspace } from '@eventhooks/database';
import type { z } from 'zod';
import { recordChange } from '../changes.ts';
import { apiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { defineRoute } from '../http/route.ts';
import { printWorkspace } from './list-workspaces.ts';

export const patchWorkspaceRoute = defineRoute({
  method: 'patch',
  path: '/workspaces/{name}',
  operation: 'patchWorkspace',
  document: {
    summary: 'Change a workspace',
    description:
      'Its title, its comment, whether it is open, and its rate limit; that one only by a token that opens all workspaces.',
    tag: 'Workspaces',
    body: { schema: workspacePatchSchema, examples: { open: { open: true }, rename: { title: 'The A team' } } },
    responses: { 200: { description: 'The workspace.', schema: workspaceSchema } },
    errors: [413, 415],
  },
  async handle(call) {
    if (call.input.rate_limit !== undefined && call.actor.workspace !== null) {
      throw apiError('forbidden', 'Only a token that opens all workspaces may change the rate limit of one');
    }
    const workspace = await updateRecorded(call, call.params.name, call.input);
    await call.context.catalogue.refresh();
    return { status: 200, body: workspace };
  },
});

function updateRecorded(
  call: Call,
  name: string,
  { title, comment, open, rate_limit }: z.infer<typeof workspacePatchSchema>,
): Promise<PrintedWorkspace> {
  const { actor, context } = call;
  return context.database.kysely.transaction().execute(async (transaction) => {
    const isAllowed = actor.workspace === null || actor.workspace === name;
    const changes = {
      ...(title !== undefined && { title }),
      ...(comment !== undefined && { comment }),
      ...(open !== undefined && { open: open ?? false }),
      ...(rate_limit !== undefined && { rate_limit }),
    };
    const updated = isAllowed ? await updateWorkspace(transaction, name, changes) : null;
    if (updated === null) throw apiError('not_found');
    const [before, after] = [printWorkspace(updated.before), printWorkspace(updated.after)];
    const entityId = updated.after.id;
    await recordChange(transaction, call, { entity: 'workspaces', entityId, before, after, workspace: null });
    return after;
  });
}
