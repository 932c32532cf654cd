import { pageSchema, replaySchema } from '@eventhooks/contract';
import { listReplays } from '@eventhooks/database';
import { z } from 'zod';
import { buildPage, pageQuerySchema, queryId, readPageRequest } from '../http/page.ts';
import type { Route } from '../http/route.ts';
import { printReplay } from './replay-hook.ts';

export const listReplaysRoute: Route = {
  method: 'get',
  path: '/replays',
  operation: 'listReplays',
  document: {
    summary: 'List replays',
    description: 'Newest first.',
    tag: 'Deliveries',
    query: pageQuerySchema.extend({ hook: z.guid().optional() }),
    responses: { 200: { description: 'A page of replays.', schema: pageSchema(replaySchema) } },
    errors: [400],
  },
  async handle(call) {
    const { size, after } = readPageRequest(call);
    const request = { workspace: call.workspace, size, after, hookId: queryId(call, 'hook') };
    const rows = await listReplays(call.context.database.kysely, request);
    return { status: 200, body: buildPage(call, size, rows, printReplay) };
  },
};
