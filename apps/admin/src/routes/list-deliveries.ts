import { deliveryPageQuerySchema, deliverySchema, pageSchema } from '@eventhooks/contract';
import { listDeliveries } from '@eventhooks/database';
import { buildPage } from '../http/page.ts';
import { defineRoute } from '../http/route.ts';
import { toDeliveryFilter } from './delivery-filter.ts';
import { printDelivery } from './print-delivery.ts';

export const listDeliveriesRoute = defineRoute({
  method: 'get',
  path: '/deliveries',
  operation: 'listDeliveries',
  document: {
    summary: 'List deliveries',
    description: 'Newest first.',
    tag: 'Deliveries',
    query: deliveryPageQuerySchema,
    responses: { 200: { description: 'A page of deliveries.', schema: pageSchema(deliverySchema) } },
  },
  async handle(call) {
    const { size, offset, ...query } = call.query;
    const filter = toDeliveryFilter(call.workspace, query);
    const { pool } = call.context.database;
    // Later pages continue from their cursor, which is already before `until`.
    const rows = await listDeliveries(pool, offset === undefined ? filter : { ...filter, before: offset }, size + 1);
    return { status: 200, body: buildPage(call, rows, printDelivery) };
  },
});
