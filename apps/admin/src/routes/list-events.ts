import { eventPageQuerySchema, eventSchema, type PrintedEvent, searchPageSchema } from '@eventhooks/contract';
import {
  findDeliveriesOfEvents,
  findEventsByIds,
  firstIdAt,
  pageEvents,
  type StoredEvent,
  searchEvents,
} from '@eventhooks/database';
import type { Answerable } from '../http/answerable.ts';
import type { Call } from '../http/call.ts';
import { defineRoute } from '../http/route.ts';
import { printEvent } from './print-event.ts';
import { buildSearchPage, findNamedIds, readSearch } from './search.ts';

export const listEventsRoute = defineRoute({
  method: 'get',
  path: '/events',
  operation: 'listEvents',
  document: {
    summary: 'List events',
    description:
      'Newest first. A search (`q`, `data`) and a filter that few rows meet go on with `next`, as those of deliveries.',
    tag: 'Events',
    query: eventPageQuerySchema,
    responses: { 200: { description: 'A page of events.', schema: searchPageSchema(eventSchema) } },
  },
  async handle(call) {
    const { size, offset, source, event, since, until, decisions, q, data } = call.query;
    const before = offset ?? (until === undefined ? undefined : firstIdAt(until));
    const filter = {
      workspace: call.workspace,
      ...(source !== undefined && { source }),
      ...(event !== undefined && { event }),
      ...(since !== undefined && { from: firstIdAt(since) }),
      ...(before !== undefined && { before }),
    };
    const printerOf = (pool: Pool, rows: readonly StoredEvent[]) =>
      decisions === 'true' ? withDeliveries(pool, call, rows) : printEvent;
    const search = await readSearch(call, { q, data });
    const named = q === undefined || data !== undefined ? [] : await findNamedIds(call, q);
    const body = await call.context.reads.run(async (pool) => {
      const rows = search === null ? [] : await findEventsByIds(pool, filter, named);
      const find = () =>
        search === null ? pageEvents(pool, filter, size + 1) : searchEvents(pool, filter, search, size);
      const found = rows.length > 0 ? { rows, lookedAtTo: null } : await find();
      const print = await printerOf(pool, found.rows);
      return buildSearchPage<StoredEvent, Answerable<PrintedEvent>>(call, found, print);
    });
    return { status: 200, body };
  },
});

type Pool = Parameters<typeof pageEvents>[0];

/** The most deliveries shown per event. */
const shownDeliveries = 20;

async function withDeliveries(
  pool: Pool,
  call: Call,
  events: readonly StoredEvent[],
): Promise<(event: StoredEvent) => Answerable<PrintedEvent>> {
  const ids = events.map(({ id }) => id);
  const rows = await findDeliveriesOfEvents(pool, call.workspace, ids, shownDeliveries);
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
