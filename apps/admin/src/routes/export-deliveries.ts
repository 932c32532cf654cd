import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type DeliveryFilter, listDeliveries, type StoredDelivery } from '@eventhooks/database';
import type { AdminContext } from '../context.ts';
import type { Route } from '../http/route.ts';
import { deliveryFilterSchema, readDeliveryFilter } from './delivery-filter.ts';
import { printDelivery } from './print-delivery.ts';

/** Rows read at once: what an export holds in memory, however slowly its reader takes it. */
const pageSize = 1_000;

export const exportDeliveriesRoute: Route = {
  method: 'get',
  path: '/deliveries/export',
  operation: 'exportDeliveries',
  document: {
    summary: 'Export deliveries',
    description:
      'All that the filters let through, newest first, one JSON object a line. An export that cannot be finished is cut: the connection ends without the last chunk.',
    tag: 'Deliveries',
    query: deliveryFilterSchema,
    responses: {
      200: { description: 'A delivery a line, as lists show it.', mediaType: 'application/x-ndjson' },
    },
    errors: [400],
  },
  async handle(call) {
    const { context, requestId } = call;
    const { pool } = context.database;
    const filter = readDeliveryFilter(call);
    // Before anything is answered: what is wrong now is told by the status.
    const first = await listDeliveries(pool, filter, pageSize);
    return {
      stream(response) {
        response.status(200).type('application/x-ndjson');
        pipeline(Readable.from(readLines(pool, filter, first)), response).catch((error: NodeJS.ErrnoException) => {
          // A reader that goes away is no fault.
          if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') {
            context.logger.error({ err: error, request_id: requestId }, 'export.failed');
          }
        });
      },
    };
  },
};

/** Page after page by the last id: no transaction is held, and nothing is read ahead, while the reader takes its time. */
async function* readLines(
  pool: AdminContext['database']['pool'],
  filter: DeliveryFilter,
  first: readonly StoredDelivery[],
): AsyncGenerator<string> {
  let rows = first;
  for (;;) {
    if (rows.length > 0) yield rows.map((row) => `${JSON.stringify(printDelivery(row))}\n`).join('');
    const before = rows.at(-1)?.id;
    if (rows.length < pageSize || before === undefined) return;
    rows = await listDeliveries(pool, { ...filter, before }, pageSize);
  }
}
