import { deliverySchema } from '@eventhooks/contract';
import { findDelivery, retryDelivery } from '@eventhooks/database';
import { recordChange } from '../changes.ts';
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
    const { pool, kysely } = call.context.database;
    const id = call.params.id;
    await kysely.transaction().execute(async (transaction) => {
      const before = await retryDelivery(transaction, call.workspace, id);
      if (before === null) throw apiError('not_found');
      await recordChange(transaction, call, {
        entity: 'deliveries',
        entityId: id,
        before: { ...before },
        after: { ...before, status: 'waiting', reason: 'manual_retry' },
      });
    });
    const delivery = await findDelivery(pool, call.workspace, id);
    if (!delivery) throw apiError('not_found');
    return { status: 202, body: printDelivery(delivery) };
  },
});
