import type { DeliveryQuery } from '@eventhooks/contract';
import { type DeliveryFilter, firstIdAt } from '@eventhooks/database';

/** A query for deliveries as the database takes it: times become the first ids of those times. */
export function toDeliveryFilter(
  workspace: string,
  { hook, status, source, event, event_id: eventId, error_code: errorCode, since, until }: DeliveryQuery,
): DeliveryFilter {
  return {
    workspace,
    ...(status !== undefined && { status }),
    ...(hook !== undefined && { hook }),
    ...(eventId !== undefined && { eventId }),
    ...(source !== undefined && { source }),
    ...(event !== undefined && { event }),
    ...(errorCode !== undefined && { errorCode }),
    ...(since !== undefined && { from: firstIdAt(since) }),
    ...(until !== undefined && { before: firstIdAt(until) }),
  };
}
