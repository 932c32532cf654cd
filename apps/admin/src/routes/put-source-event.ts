import {
  printEntry,
  sourceEntrySchema,
  sourceInputSchema,
  type UserSource,
  userSourceSchema,
  validateUserSource,
} from '@eventhooks/contract';
import { countUserSources, findUserSource, putUserSource } from '@eventhooks/database';
import { z } from 'zod';
import { recordChange } from '../changes.ts';
import { apiError, schemaViolation } from '../http/api-error.ts';
import { type Call, paramOf } from '../http/call.ts';
import { bodyAs } from '../http/read-body.ts';
import type { Route } from '../http/route.ts';

/** A workspace's own events are kept in memory by every admin, so they are bounded. */
const MAX_SOURCE_EVENTS = 1_000;

export const putSourceEventRoute: Route = {
  method: 'put',
  path: '/event-hooks/sources/{source}/{event}',
  operation: 'putSourceEvent',
  document: {
    summary: 'Add or replace an event of your own',
    description:
      'Data published for it must meet `schema` (JSON Schema 2020-12, or draft-07 by `$schema`). Patterns run on RE2: no look-around, no back-references. References point inside of the schema, not recursively; `uniqueItems` needs a `maxItems`.',
    tag: 'Sources',
    request: {
      schema: sourceInputSchema,
      examples: {
        order: {
          description: 'An order was paid',
          fields: ['order', 'amount'],
          unique: ['order'],
          schema: { type: 'object', required: ['order'], properties: { amount: { type: 'integer' } } },
        },
      },
    },
    responses: { 200: { description: 'The event.', schema: z.object({ data: sourceEntrySchema }) } },
    errors: [400, 409, 413, 415],
  },
  async handle(call) {
    const name = { workspace: call.workspace, source: paramOf(call, 'source'), event: paramOf(call, 'event') };
    const result = validateUserSource(name, bodyAs(call.body, userSourceSchema));
    if (!result.ok) throw schemaViolation(result.faults);
    await putRecorded(call, result.source);
    await call.context.catalogue.refresh();
    return { status: 200, body: { data: printUserSource(result.source) } };
  },
};

function putRecorded(call: Call, source: UserSource): Promise<void> {
  return call.context.database.kysely.transaction().execute(async (transaction) => {
    const before = await findUserSource(transaction, source);
    if (before === null && (await countUserSources(transaction, call.workspace)) >= MAX_SOURCE_EVENTS) {
      throw apiError('in_use', `A workspace has at most ${MAX_SOURCE_EVENTS} events of its own`);
    }
    await putUserSource(transaction, source);
    await recordChange(transaction, call, {
      entity: 'sources',
      entityId: `${source.source}/${source.event}`,
      before: before === null ? null : { ...printUserSource(before) },
      after: { ...printUserSource(source) },
    });
  });
}

/** An event of one's own in the shape of the catalogue's. */
export function printUserSource({ description, fields, unique, schema }: UserSource) {
  return printEntry({
    ...(description !== null && { description }),
    fields,
    ...(unique !== null && { unique }),
    ...(schema !== null && { schema }),
  });
}
