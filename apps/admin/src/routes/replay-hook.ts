import { replayInputSchema, replaySchema } from '@eventhooks/contract';
import { type DeliveryStatus, insertReplay, type ReplayRow } from '@eventhooks/database';
import { recordChange } from '../changes.ts';
import { ApiError, apiError, schemaViolation } from '../http/api-error.ts';
import { type Call, idOf } from '../http/call.ts';
import { parseBody } from '../http/parse-body.ts';
import type { Route } from '../http/route.ts';
import { parseTimeMs, TIME_FAULT } from '../http/time.ts';

/** What its receiver never got. */
const DEFAULT_STATUSES: readonly DeliveryStatus[] = ['exhausted', 'cancelled'];

export const replayHookRoute: Route = {
  method: 'post',
  path: '/event-hooks/{id}/replay',
  operation: 'replayHook',
  document: {
    summary: 'Deliver past events again',
    description:
      'Oldest first, in the background and behind live traffic. One replay of a hook runs at a time. Each delivery keeps its id, and so its `webhook-id`, and gets a fresh retry schedule.',
    tag: 'Deliveries',
    request: {
      schema: replayInputSchema,
      examples: {
        missed: { since: '2026-11-24T08:00:00Z', until: '2026-11-24T12:00:00Z' },
        everything: { since: 1795507200, status: ['succeeded', 'exhausted', 'cancelled'] },
      },
    },
    responses: { 202: { description: 'The replay, running.', schema: replaySchema } },
    errors: [400, 409, 413, 415],
  },
  async handle(call) {
    const hookId = idOf(call);
    const wanted = readReplay(call);
    const replay = await call.context.database.kysely.transaction().execute(async (transaction) => {
      const hook = await transaction
        .selectFrom('event_hooks')
        .select('enabled')
        .where('workspace', '=', call.workspace)
        .where('id', '=', hookId)
        .executeTakeFirst();
      if (!hook) throw apiError('not_found');
      if (!hook.enabled) throw conflict('The hook is disabled: enable it, then replay');
      const row = await insertReplay(transaction, { workspace: call.workspace, hookId, ...wanted });
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
};

function conflict(message: string): ApiError {
  return new ApiError(409, { message });
}

function readReplay(call: Call) {
  const { since, until, status } = parseBody(call, replayInputSchema);
  const times = { since: readTime(since), until: readTime(until) };
  const faults = (['since', 'until'] as const)
    .filter((name) => times[name] === 'invalid')
    .map((name) => ({ path: [name], message: TIME_FAULT }));
  if (faults.length > 0) throw schemaViolation(faults);
  const now = new Date();
  const end = times.until instanceof Date && times.until < now ? times.until : now;
  return {
    since: times.since instanceof Date ? times.since : null,
    until: end,
    statuses: status == null ? DEFAULT_STATUSES : [...new Set([status].flat())],
  };
}

function readTime(value: string | number | null | undefined): Date | 'invalid' | null {
  if (value == null) return null;
  const timeMs = parseTimeMs(value);
  return timeMs === null ? 'invalid' : new Date(timeMs);
}

export function printReplay({ position: _position, until_id: _untilId, workspace: _workspace, ...shown }: ReplayRow) {
  const { since, until, created_at, updated_at } = shown;
  return {
    ...shown,
    since: since?.toISOString() ?? null,
    until: until.toISOString(),
    created_at: created_at.toISOString(),
    updated_at: updated_at.toISOString(),
  };
}
