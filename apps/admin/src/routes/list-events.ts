import { eventSchema, pageSchema } from '@eventhooks/contract';
import { findDeliveriesOfEvents, listEvents, type StoredEvent } from '@eventhooks/database';
import { z } from 'zod';
import type { Call } from '../http/call.ts';
import { buildPage, pageQuerySchema, queryText, readPageRequest } from '../http/page.ts';
import type { Route } from '../http/route.ts';
import { queryIdAt } from '../http/time.ts';
import { printEvent } from './print-event.ts';

export const listEventsRoute: Route = {
  method: 'get',
  path: '/events',
  operation: 'listEvents',
  document: {
    summary: 'List events',
    description: 'Newest first.',
    tag: 'Events',
    query: pageQuerySchema.extend({
      source: z.string().optional(),
      event: z.string().optional(),
      since: z.string().optional().meta({ description: 'ISO 8601, or epoch seconds.' }),
      until: z.string().optional(),
      decisions: z
        .enum(['true', 'false'])
        .optional()
        .meta({ description: '`true`: each with the deliveries it led to.' }),
    }),
    responses: { 200: { description: 'A page of events.', schema: pageSchema(eventSchema) } },
    errors: [400],
  },
  async handle(call) {
    const page = readPageRequest(call);
    const source = queryText(call, 'source');
    const event = queryText(call, 'event');
    const from = queryIdAt(call, 'since');
    const before = page.after ?? queryIdAt(call, 'until');
    const filter = {
      workspace: call.workspace,
      ...(source !== null && { source }),
      ...(event !== null && { event }),
      ...(from !== null && { from }),
      ...(before !== null && { before }),
    };
    const rows = await listEvents(call.context.database.pool, filter, page.size + 1);
    const print = queryText(call, 'decisions') === 'true' ? await withDeliveries(call, rows) : printEvent;
    return { status: 200, body: buildPage(call, page.size, rows, print) };
  },
};

/** Deliveries shown with an event. */
const shownDeliveries = 20;

async function withDeliveries(call: Call, events: readonly StoredEvent[]): Promise<(event: StoredEvent) => unknown> {
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
