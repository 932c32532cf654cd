import {
  EVENT_LIMITS,
  eventsInputSchema,
  MAX_SOURCE_EVENTS,
  receiptsSchema,
  type ValidEvent,
} from '@eventhooks/contract';
import { addNames } from '@eventhooks/database';
import { apiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { defineRoute } from '../http/route.ts';
import { readCheckedEvents } from '../intake/check-events.ts';
import { answerReceipts, submitTraced } from '../intake/submit-events.ts';
import { requireQuota } from '../quotas/require-quota.ts';

export const publishEventsRoute = defineRoute({
  method: 'post',
  path: '/events',
  operation: 'publishEvents',
  document: {
    summary: 'Publish events',
    description:
      'One event, an array of up to 1,000, NDJSON (`application/x-ndjson`), or CloudEvents 1.0 (structured, batched, binary). All are accepted or none. Once answered, they are committed.',
    tag: 'Events',
    request: {
      schema: eventsInputSchema,
      examples: {
        one: { source: 'crud', event: 'consumers', data: { operation: 'create', entity: { username: 'Ada' } } },
      },
    },
    responses: {
      202: { description: 'Committed.', schema: receiptsSchema },
      200: { description: 'All of them were published before.', schema: receiptsSchema },
    },
    errors: [413, 415],
  },
  rawBodyBytes: EVENT_LIMITS.requestBytes,
  async handle(call) {
    const { context, workspace, actor } = call;
    const takeQuota = (count: number) => requireQuota(context, { workspace, own: actor.quota, events: count });
    const { events, isList } = await readCheckedEvents(call, takeQuota);
    if (events.length === 0) return { status: 200, body: { data: [] } };
    await addOpenNames(call, events);
    return answerReceipts(await submitTraced(events, call), isList);
  },
});

/** Adds what an open workspace does not know yet. @throws {ApiError} 400 when these would be too many. */
async function addOpenNames({ context, workspace }: Call, events: readonly ValidEvent[]): Promise<void> {
  const unknown = events.filter(({ entry }) => entry === null);
  if (unknown.length === 0) return;
  const names = new Map(unknown.map(({ source, event }) => [JSON.stringify([source, event]), { source, event }]));
  if (await addNames(context.database.kysely, workspace, [...names.values()], MAX_SOURCE_EVENTS)) {
    await context.catalogue.refresh();
    return;
  }
  const message = `The open workspace would have more than ${MAX_SOURCE_EVENTS} sources and events of its own`;
  throw apiError('bad_request', message);
}
