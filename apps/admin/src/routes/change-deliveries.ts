import { type BulkInput, bulkInputSchema, bulkResultSchema, encodeCursor } from '@eventhooks/contract';
import { cancelDeliveries, newId, pageDeliveries, retryDeliveries } from '@eventhooks/database';
import { recordChange } from '../changes.ts';
import type { Call } from '../http/call.ts';
import { defineRoute } from '../http/route.ts';
import { toDeliveryFilter } from './delivery-filter.ts';

const changes = { retry: retryDeliveries, cancel: cancelDeliveries } as const satisfies Record<
  BulkInput['action'],
  typeof retryDeliveries
>;

/** Deliveries per request. */
const stepSize = 500;

export const changeDeliveriesRoute = defineRoute({
  method: 'post',
  path: '/deliveries/bulk',
  operation: 'changeDeliveries',
  document: {
    summary: 'Retry or cancel many deliveries',
    description:
      'Those that are named, or the next 500 at most that a filter lets through, newest first: repeat the request with the `offset` of the answer until there is none. Deliveries for which the action makes no sense are passed over.',
    tag: 'Deliveries',
    body: {
      schema: bulkInputSchema,
      examples: { failed: { action: 'retry', filter: { status: 'exhausted', since: '2026-11-24T08:00:00Z' } } },
    },
    responses: { 200: { description: 'What was done in this step.', schema: bulkResultSchema } },
    errors: [413, 415],
  },
  async handle(call) {
    const { input } = call;
    const { ids, goesOnAt } = 'ids' in input ? { ids: input.ids, goesOnAt: null } : await listStep(call, input);
    const changed = await call.context.database.kysely.transaction().execute(async (transaction) => {
      const changed = await changes[input.action](transaction, call.workspace, ids);
      const count = changed.length;
      if (count > 0) {
        await recordChange(transaction, call, {
          entity: 'deliveries',
          entityId: newId(),
          before: null,
          after: { action: input.action, count, ...('filter' in input && { filter: input.filter }) },
        });
      }
      return changed;
    });
    const offset = goesOnAt === null ? null : encodeCursor(goesOnAt);
    return { status: 200, body: { done: changed.length, ids: changed, looked_at: ids.length, offset } };
  },
});

/** The next deliveries that the filter lets through, and the id from which the step after them goes on, if there may be more. */
async function listStep(
  call: Call,
  { filter, offset }: Extract<BulkInput, { filter: unknown }>,
): Promise<{ ids: string[]; goesOnAt: string | null }> {
  const whole = toDeliveryFilter(call.workspace, filter);
  const place = offset == null ? whole : { ...whole, before: offset };
  const { rows, lookedAtTo } = await pageDeliveries(call.context.database.pool, place, stepSize);
  const ids = rows.map(({ id }) => id);
  return { ids, goesOnAt: ids.length === stepSize ? (ids.at(-1) ?? null) : lookedAtTo };
}
