import type { PrintedDelivery } from '@eventhooks/contract';
import { fetchHookNames } from '../hooks/find-hook.ts';
import { formatTable, formatTime, paintStatus, plain } from '../output.ts';
import { findRows } from '../search.ts';
import type { Session } from '../session.ts';
import { type DeliveryFilter, queryOf } from './filter.ts';

export async function listDeliveries(
  { api, output }: Session,
  { limit, ...filter }: DeliveryFilter & { limit: number },
): Promise<void> {
  const deliveries = await findRows(api, 'Searching', 'GET /deliveries', await queryOf(api, filter), limit);
  const nameHook = output.json ? plain : await fetchHookNames(api);
  output.result(deliveries, () =>
    formatTable(
      ['time', 'id', 'event', 'hook', 'status', 'attempts', 'answer', 'next attempt'],
      deliveries.map((delivery) => [
        formatTime(delivery.created_at),
        plain(delivery.id),
        plain(`${delivery.source}/${delivery.event}`),
        nameHook(delivery.hook_id),
        paintStatus(output, delivery.status),
        plain(delivery.attempt_count),
        describeAnswer(delivery),
        formatTime(delivery.next_attempt_at),
      ]),
    ),
  );
}

/** The receiver's status, the kind of failure, and why the delivery waits or was suppressed. */
export function describeAnswer({ response_status, error_code, reason }: PrintedDelivery): string {
  return [response_status, error_code, reason].map(plain).filter(Boolean).join(' ');
}
