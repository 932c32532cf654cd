import { COUNTED_DELIVERIES, deliveryCountSchema, deliveryQuerySchema } from '@eventhooks/contract';
import { countDeliveries } from '@eventhooks/database';
import { defineRoute } from '../http/route.ts';
import { toDeliveryFilter } from './delivery-filter.ts';

export const countDeliveriesRoute = defineRoute({
  method: 'get',
  path: '/deliveries/count',
  operation: 'countDeliveries',
  document: {
    summary: 'Count deliveries',
    description: 'How many the filters let through, counted up to 100,000.',
    tag: 'Deliveries',
    query: deliveryQuerySchema,
    responses: { 200: { description: 'Their number.', schema: deliveryCountSchema } },
  },
  async handle({ context, workspace, query }) {
    const filter = toDeliveryFilter(workspace, query);
    const count = await context.reads.run((pool) => countDeliveries(pool, filter, COUNTED_DELIVERIES));
    return { status: 200, body: { count, is_exact: count < COUNTED_DELIVERIES } };
  },
});
