import { replaySchema } from '@eventhooks/contract';
import { findReplay } from '@eventhooks/database';
import { apiError } from '../http/api-error.ts';
import { idOf } from '../http/call.ts';
import type { Route } from '../http/route.ts';
import { printReplay } from './replay-hook.ts';

export const readReplayRoute: Route = {
  method: 'get',
  path: '/replays/{id}',
  operation: 'readReplay',
  document: {
    summary: 'Read how far a replay is',
    tag: 'Deliveries',
    responses: { 200: { description: 'The replay.', schema: replaySchema } },
  },
  async handle(call) {
    const replay = await findReplay(call.context.database.kysely, call.workspace, idOf(call));
    if (!replay) throw apiError('not_found');
    return { status: 200, body: printReplay(replay) };
  },
};
