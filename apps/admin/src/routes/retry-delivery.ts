import { deliverySchema } from '@eventhooks/contract';
import { findDelivery, retryDelivery } from '@eventhooks/database';
import { apiError } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';
import { printDelivery } from './print-delivery.ts';

export const retryDeliveryRoute = defineRoute({
  method: 'post',
  path: '/deliveries/{id}/retry',
  operation: 'retryDelivery',
  document: {
    summary: 'Deliver once more',
    description: 'Due at once, with a fresh retry schedule.',
    tag: 'Deliveries',
    responses: { 202: { description: 'The delivery, waiting.', schema: deliverySchema } },
    errors: [413, 415],
  },
  async handle(call) {
    const { pool } = call.context.database;
    const id = call.params.id;
    const isRetried = await retryDelivery(pool, call.workspace, id);
    const delivery = isRetried ? await findDelivery(pool, call.workspace, id) : undefined;
    if (!delivery) throw apiError('not_found');
    return { status: 202, body: printDelivery(delivery) };
  },
});
