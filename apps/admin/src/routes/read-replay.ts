import { replaySchema } from '@eventhooks/contract';
import { findReplay } from '@eventhooks/database';
import { apiError } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';
import { printReplay } from './print-replay.ts';

export const readReplayRoute = defineRoute({
  method: 'get',
  path: '/replays/{id}',
  operation: 'readReplay',
  document: {
    summary: 'Read the progress of a replay',
    tag: 'Deliveries',
    responses: { 200: { description: 'The replay.', schema: replaySchema } },
  },
  async handle(call) {
    const replay = await findReplay(call.context.database.kysely, call.workspace, call.params.id);
    if (!replay) throw apiError('not_found');
    return { status: 200, body: printReplay(replay) };
  },
});
