import { deliverySchema, pageSchema } from '@eventhooks/contract';
import { deliveryStatuses, listDeliveries } from '@eventhooks/database';
import { z } from 'zod';
import { apiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { buildPage, pageQuerySchema, queryId, queryText, readPageRequest } from '../http/page.ts';
import type { Route } from '../http/route.ts';
import { queryIdAt } from '../http/time.ts';
import { printDelivery } from './print-delivery.ts';

export const listDeliveriesRoute: Route = {
  method: 'get',
  path: '/deliveries',
  operation: 'listDeliveries',
  document: {
    summary: 'List deliveries',
    description: 'Newest first.',
    tag: 'Deliveries',
    query: pageQuerySchema.extend({
      hook: z.guid().optional(),
      status: z.enum(deliveryStatuses).optional(),
      source: z.string().optional(),
      event: z.string().optional(),
      event_id: z.guid().optional(),
      error_code: z.string().optional(),
      since: z.string().optional().meta({ description: 'ISO 8601, or epoch seconds.' }),
      until: z.string().optional(),
    }),
    responses: { 200: { description: 'A page of deliveries.', schema: pageSchema(deliverySchema) } },
    errors: [400],
  },
  async handle(call) {
    const page = readPageRequest(call);
    const filter = readFilter(call, page.after);
    const rows = await listDeliveries(call.context.database.pool, filter, page.size + 1);
    return { status: 200, body: buildPage(call, page.size, rows, printDelivery) };
  },
};

function readFilter(call: Call, after: string | null) {
  const status = queryText(call, 'status');
  if (status !== null && !deliveryStatuses.some((known) => known === status)) {
    throw apiError('bad_request', `status: expected one of: ${deliveryStatuses.join(', ')}`);
  }
  const hook = queryId(call, 'hook');
  const eventId = queryId(call, 'event_id');
  const source = queryText(call, 'source');
  const event = queryText(call, 'event');
  const errorCode = queryText(call, 'error_code');
  const from = queryIdAt(call, 'since');
  const before = after ?? queryIdAt(call, 'until');
  return {
    workspace: call.workspace,
    ...(status !== null && { status }),
    ...(hook !== null && { hook }),
    ...(eventId !== null && { eventId }),
    ...(source !== null && { source }),
    ...(event !== null && { event }),
    ...(errorCode !== null && { errorCode }),
    ...(from !== null && { from }),
    ...(before !== null && { before }),
  };
}
