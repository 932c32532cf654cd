import { deliverySchema } from '@eventhooks/contract';
import { cancelDelivery, findDelivery } from '@eventhooks/database';
import { recordChange } from '../changes.ts';
import { ApiError, apiError } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';
import { printDelivery } from './print-delivery.ts';

export const cancelDeliveryRoute = defineRoute({
  method: 'post',
  path: '/deliveries/{id}/cancel',
  operation: 'cancelDelivery',
  document: {
    summary: 'Cancel a delivery that waits, or holds its key',
    description:
      'Its status becomes `cancelled`; a retry brings it back. An attempt that is under way is not stopped, but nothing follows it. With `order_by` its key goes on. 409 for a delivery that has ended, unless it holds its key.',
    tag: 'Deliveries',
    responses: { 200: { description: 'The delivery, cancelled.', schema: deliverySchema } },
    errors: [409, 413, 415],
  },
  async handle(call) {
    const { pool, kysely } = call.context.database;
    const id = call.params.id;
    const cancelled = await kysely.transaction().execute(async (transaction) => {
      const before = await cancelDelivery(transaction, call.workspace, id);
      if (before === null) return false;
      await recordChange(transaction, call, {
        entity: 'deliveries',
        entityId: id,
        before: { ...before },
        after: { ...before, status: 'cancelled', reason: 'manual_cancel' },
      });
      return true;
    });
    const delivery = await findDelivery(pool, call.workspace, id);
    if (!delivery) throw apiError('not_found');
    if (!cancelled) throw new ApiError(409, { message: `The delivery has ended: it is ${delivery.status}` });
    return { status: 200, body: printDelivery(delivery) };
  },
});
