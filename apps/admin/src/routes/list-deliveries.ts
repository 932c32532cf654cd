import { deliverySchema, pageSchema } from '@eventhooks/contract';
import { listDeliveries } from '@eventhooks/database';
import { buildPage, pageQuerySchema, readPageRequest } from '../http/page.ts';
import type { Route } from '../http/route.ts';
import { deliveryFilterSchema, readDeliveryFilter } from './delivery-filter.ts';
import { printDelivery } from './print-delivery.ts';

export const listDeliveriesRoute: Route = {
  method: 'get',
  path: '/deliveries',
  operation: 'listDeliveries',
  document: {
    summary: 'List deliveries',
    description: 'Newest first.',
    tag: 'Deliveries',
    query: pageQuerySchema.extend(deliveryFilterSchema.shape),
    responses: { 200: { description: 'A page of deliveries.', schema: pageSchema(deliverySchema) } },
    errors: [400],
  },
  async handle(call) {
    const page = readPageRequest(call);
    const filter = readDeliveryFilter(call);
    const rows = await listDeliveries(
      call.context.database.pool,
      page.after === null ? filter : { ...filter, before: page.after },
      page.size + 1,
    );
    return { status: 200, body: buildPage(call, page.size, rows, printDelivery) };
  },
};
