import { replayInputSchema, replaySchema } from '@eventhooks/contract';
import { type DeliveryStatus, insertReplay } from '@eventhooks/database';
import type { z } from 'zod';
import { recordChange } from '../changes.ts';
import { countMissed } from '../hooks/count-missed.ts';
import { ApiError, apiError, schemaViolation } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';
import { printReplay } from './print-replay.ts';

/** The deliveries that their receiver never got. */
const defaultStatuses: readonly DeliveryStatus[] = ['exhausted', 'cancelled'];

export const replayHookRoute = defineRoute({
  method: 'post',
  path: '/event-hooks/{id}/replay',
  operation: 'replayHook',
  document: {
    summary: 'Deliver past events again',
    description:
      'Oldest first, in the background and behind live traffic. With `"of": "events"` it goes through events for which the hook has no delivery, or a cancelled one, and delivers those that the hook would hear of now; snooze and on_change are passed over. One replay of a hook runs at a time. Each delivery keeps its id, and so its `webhook-id`, and gets a fresh retry schedule.',
    tag: 'Deliveries',
    body: {
      schema: replayInputSchema,
      examples: {
        missed: { since: '2026-11-24T08:00:00Z', until: '2026-11-24T12:00:00Z' },
        missed_events: { since: '2026-11-24T08:00:00Z', of: 'events' },
        everything: { since: 1795507200, status: ['succeeded', 'exhausted', 'cancelled'] },
      },
    },
    responses: { 202: { description: 'The replay, running.', schema: replaySchema } },
    errors: [409, 413, 415],
  },
  async handle(call) {
    const { id: hookId } = call.params;
    const wanted = readReplay(call.input);
    const replay = await call.context.database.kysely.transaction().execute(async (transaction) => {
      const hook = await transaction
        .selectFrom('event_hooks')
        .selectAll()
        .where('workspace', '=', call.workspace)
        .where('id', '=', hookId)
        .executeTakeFirst();
      if (!hook) throw apiError('not_found');
      if (!hook.enabled) throw conflict('The hook is disabled: enable it, then replay');
      const total = wanted.scope === 'events' ? await countMissed(call, hook, wanted) : 0;
      const row = await insertReplay(transaction, { workspace: call.workspace, hookId, ...wanted, total });
      if (row === null) throw conflict('A replay of this hook runs already: wait for its end, or cancel it');
      await recordChange(transaction, call, {
        entity: 'replays',
        entityId: row.id,
        before: null,
        after: printReplay(row),
      });
      return row;
    });
    return { status: 202, body: printReplay(replay) };
  },
});

function conflict(message: string): ApiError {
  return new ApiError(409, { message });
}

function readReplay({ since, until, of, status }: z.infer<typeof replayInputSchema>) {
  const scope = of ?? 'deliveries';
  if (scope === 'events' && status != null)
    throw schemaViolation([{ path: ['status'], message: 'events without a delivery have none' }]);
  return {
    scope,
    since: since == null ? null : new Date(since),
    until: new Date(Math.min(until ?? Date.now(), Date.now())),
    statuses: scope === 'events' ? [] : status == null ? defaultStatuses : [...new Set([status].flat())],
  };
}
