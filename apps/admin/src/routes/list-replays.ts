import { pageSchema, replayPageQuerySchema, replaySchema } from '@eventhooks/contract';
import { listReplays } from '@eventhooks/database';
import { buildPage } from '../http/page.ts';
import { defineRoute } from '../http/route.ts';
import { printReplay } from './print-replay.ts';

export const listReplaysRoute = defineRoute({
  method: 'get',
  path: '/replays',
  operation: 'listReplays',
  document: {
    summary: 'List replays',
    description: 'Newest first.',
    tag: 'Deliveries',
    query: replayPageQuerySchema,
    responses: { 200: { description: 'A page of replays.', schema: pageSchema(replaySchema) } },
  },
  async handle(call) {
    const { size, offset: after = null, hook: hookId = null } = call.query;
    const rows = await listReplays(call.context.database.kysely, { workspace: call.workspace, size, after, hookId });
    return { status: 200, body: buildPage(call, rows, printReplay) };
  },
});
