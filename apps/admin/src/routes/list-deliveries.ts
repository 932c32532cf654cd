import { deliveryPageQuerySchema, deliverySchema, searchPageSchema } from '@eventhooks/contract';
import { findDeliveriesByIds, pageDeliveries, searchDeliveries } from '@eventhooks/database';
import { buildPage } from '../http/page.ts';
import { defineRoute } from '../http/route.ts';
import { createListPrinter } from './create-list-printer.ts';
import { toDeliveryFilter } from './delivery-filter.ts';
import { buildSearchPage, findNamedIds, readSearch } from './search.ts';

export const listDeliveriesRoute = defineRoute({
  method: 'get',
  path: '/deliveries',
  operation: 'listDeliveries',
  document: {
    summary: 'List deliveries',
    description:
      'Newest first. A search (`q`, `data`) and a filter that few rows meet look at rows for a quarter of a second: a page may then have fewer rows than asked for, and `next` goes on.',
    tag: 'Deliveries',
    query: deliveryPageQuerySchema,
    responses: { 200: { description: 'A page of deliveries.', schema: searchPageSchema(deliverySchema) } },
  },
  async handle(call) {
    const { size, offset, q, data, ...query } = call.query;
    // Later pages continue from their cursor, which is already before `until`.
    const filter = { ...toDeliveryFilter(call.workspace, query), ...(offset !== undefined && { before: offset }) };
    const search = await readSearch(call, { q, data });
    const named = q === undefined || data !== undefined ? [] : await findNamedIds(call, q);
    const body = await call.context.reads.run(async (pool) => {
      const rows = search === null ? [] : await findDeliveriesByIds(pool, filter, named, size + 1);
      if (rows.length > 0) return buildPage(call, rows, await createListPrinter(pool, rows));
      const found = await (search === null
        ? pageDeliveries(pool, filter, size + 1)
        : searchDeliveries(pool, filter, search, size));
      return buildSearchPage(call, found, await createListPrinter(pool, found.rows));
    });
    return { status: 200, body };
  },
});
