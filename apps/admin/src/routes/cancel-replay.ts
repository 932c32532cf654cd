import { cancelReplay } from '@eventhooks/database';
import { recordChange } from '../changes.ts';
import { idOf } from '../http/call.ts';
import type { Route } from '../http/route.ts';
import { printReplay } from './replay-hook.ts';

export const cancelReplayRoute: Route = {
  method: 'delete',
  path: '/replays/{id}',
  operation: 'cancelReplay',
  document: {
    summary: 'Cancel a replay',
    description: 'What it has handed over is delivered; the rest stays as it is. The replay itself can still be read.',
    tag: 'Deliveries',
    responses: { 204: { description: 'There is no such replay that runs (any more).' } },
  },
  async handle(call) {
    const id = idOf(call);
    await call.context.database.kysely.transaction().execute(async (transaction) => {
      const replay = await cancelReplay(transaction, call.workspace, id);
      if (!replay) return;
      const before = printReplay(replay);
      await recordChange(transaction, call, {
        entity: 'replays',
        entityId: id,
        before,
        after: { ...before, status: 'cancelled' },
      });
    });
    return { status: 204 };
  },
};
