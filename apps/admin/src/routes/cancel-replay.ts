import { cancelReplay } from '@eventhooks/database';
import { recordChange } from '../changes.ts';
import { defineRoute } from '../http/route.ts';
import { printReplay } from './print-replay.ts';

export const cancelReplayRoute = defineRoute({
  method: 'delete',
  path: '/replays/{id}',
  operation: 'cancelReplay',
  document: {
    summary: 'Cancel a replay',
    description:
      'Deliveries that it has handed over are delivered; the rest stay as they are. The replay itself can still be read.',
    tag: 'Deliveries',
    responses: { 204: { description: 'There is no such replay that runs (any more).' } },
  },
  async handle(call) {
    const { id } = call.params;
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
});
