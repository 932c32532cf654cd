import { eventPageQuerySchema, eventSchema, type PrintedEvent, pageSchema } from '@eventhooks/contract';
import { findDeliveriesOfEvents, firstIdAt, listEvents, type StoredEvent } from '@eventhooks/database';
import type { Answerable } from '../http/answerable.ts';
import type { Call } from '../http/call.ts';
import { buildPage } from '../http/page.ts';
import { defineRoute } from '../http/route.ts';
import { printEvent } from './print-event.ts';

export const listEventsRoute = defineRoute({
  method: 'get',
  path: '/events',
  operation: 'listEvents',
  document: {
    summary: 'List events',
    description: 'Newest first.',
    tag: 'Events',
    query: eventPageQuerySchema,
    responses: { 200: { description: 'A page of events.', schema: pageSchema(eventSchema) } },
  },
  async handle(call) {
    const { size, offset, source, event, since, until, decisions } = call.query;
    const before = offset ?? (until === undefined ? undefined : firstIdAt(until));
    const filter = {
      workspace: call.workspace,
      ...(source !== undefined && { source }),
      ...(event !== undefined && { event }),
      ...(since !== undefined && { from: firstIdAt(since) }),
      ...(before !== undefined && { before }),
    };
    const rows = await listEvents(call.context.database.pool, filter, size + 1);
    const print = decisions === 'true' ? await withDeliveries(call, rows) : printEvent;
    return { status: 200, body: buildPage<StoredEvent, Answerable<PrintedEvent>>(call, rows, print) };
  },
});

/** The most deliveries shown per event. */
const shownDeliveries = 20;

async function withDeliveries(
  call: Call,
  events: readonly StoredEvent[],
): Promise<(event: StoredEvent) => Answerable<PrintedEvent>> {
  const ids = events.map(({ id }) => id);
  const rows = await findDeliveriesOfEvents(call.context.database.pool, call.workspace, ids, shownDeliveries);
  const byEvent = Map.groupBy(rows, ({ event_id }) => event_id);
  return (event) => ({
    ...printEvent(event),
    deliveries: (byEvent.get(event.id) ?? []).map(({ id, hook_id, status, reason, error_code }) => ({
      id,
      hook_id,
      status,
      reason,
      error_code,
    })),
  });
}
