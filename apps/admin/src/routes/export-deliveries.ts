import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { deliveryQuerySchema } from '@eventhooks/contract';
import { type DeliveryFilter, listDeliveries, type Reads, type StoredDelivery } from '@eventhooks/database';
import { defineRoute } from '../http/route.ts';
import { createListPrinter } from './create-list-printer.ts';
import { toDeliveryFilter } from './delivery-filter.ts';

/** Rows per query. An export holds no more in memory, however slow its reader is. */
const pageSize = 1_000;

export const exportDeliveriesRoute = defineRoute({
  method: 'get',
  path: '/deliveries/export',
  operation: 'exportDeliveries',
  document: {
    summary: 'Export deliveries',
    description:
      'All deliveries that the filters let through, newest first, one JSON object per line. An export that cannot be finished is cut: the connection ends without the last chunk.',
    tag: 'Deliveries',
    query: deliveryQuerySchema,
    responses: {
      200: { description: 'One delivery per line, as lists show it.', mediaType: 'application/x-ndjson' },
    },
  },
  async handle(call) {
    const { context, requestId } = call;
    const { reads } = context;
    const filter = toDeliveryFilter(call.workspace, call.query);
    // The first page is read before the answer begins, so that a failure still has a status of its own.
    const first = await reads.run((pool) => listDeliveries(pool, filter, pageSize));
    return {
      stream(response) {
        response.status(200).type('application/x-ndjson');
        pipeline(Readable.from(readLines(reads, filter, first)), response).catch((error: NodeJS.ErrnoException) => {
          // A reader may leave before the end.
          if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') {
            context.logger.error({ err: error, request_id: requestId }, 'export.failed');
          }
        });
      },
    };
  },
});

/** Reads page after page by the last id: a slow reader holds no transaction, and nothing is read ahead of it. */
async function* readLines(
  reads: Reads,
  filter: DeliveryFilter,
  first: readonly StoredDelivery[],
): AsyncGenerator<string> {
  let rows = first;
  for (;;) {
    const before = rows.at(-1)?.id;
    if (before === undefined) return;
    const page = rows;
    const print = await reads.run((pool) => createListPrinter(pool, page));
    yield rows.map((row) => `${JSON.stringify(print(row))}\n`).join('');
    if (rows.length < pageSize) return;
    rows = await reads.run((pool) => listDeliveries(pool, { ...filter, before }, pageSize));
  }
}
