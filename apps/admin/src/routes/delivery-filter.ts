import { type DeliveryFilter, deliveryStatuses } from '@eventhooks/database';
import { z } from 'zod';
import { apiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { queryId, queryText } from '../http/page.ts';
import { queryIdAt } from '../http/time.ts';

/** What lists and exports of deliveries can be narrowed to. */
export const deliveryFilterSchema = z.object({
  hook: z.guid().optional(),
  status: z.enum(deliveryStatuses).optional(),
  source: z.string().optional(),
  event: z.string().optional(),
  event_id: z.guid().optional(),
  error_code: z.string().optional(),
  since: z.string().optional().meta({ description: 'ISO 8601, or epoch seconds.' }),
  until: z.string().optional(),
});

/** @throws {ApiError} 400 naming the parameter that is wrong. */
export function readDeliveryFilter(call: Call): DeliveryFilter {
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
  const before = queryIdAt(call, 'until');
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
