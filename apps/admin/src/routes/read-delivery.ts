import { deliveryWithAttemptsSchema } from '@eventhooks/contract';
import { findDelivery, findInFront } from '@eventhooks/database';
import { apiError } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';
import { printAttempt, printDelivery } from './print-delivery.ts';

export const readDeliveryRoute = defineRoute({
  method: 'get',
  path: '/deliveries/{id}',
  operation: 'readDelivery',
  document: {
    summary: 'Read a delivery with its attempts',
    tag: 'Deliveries',
    responses: { 200: { description: 'The delivery.', schema: deliveryWithAttemptsSchema } },
  },
  async handle(call) {
    const { pool } = call.context.database;
    const delivery = await findDelivery(pool, call.workspace, call.params.id);
    if (!delivery) throw apiError('not_found');
    const attempts = delivery.attempts.map((attempt) => printAttempt(attempt, call.actor.role === 'admin'));
    const behind = delivery.order_key === null ? null : await findInFront(pool, delivery.id);
    return { status: 200, body: { ...printDelivery(delivery), attempts, behind } };
  },
});
