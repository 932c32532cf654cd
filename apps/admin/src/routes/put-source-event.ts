import {
  type Fault,
  MAX_SOURCE_EVENTS,
  sourceEntrySchema,
  sourceInputSchema,
  stringifyExact,
  type UserSource,
  userSourceSchema,
  validateUserSource,
} from '@eventhooks/contract';
import { countUserSources, findUserSource, putUserSource } from '@eventhooks/database';
import { z } from 'zod';
import { recordChange } from '../changes.ts';
import { apiError, schemaViolation } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { exactBodyAs } from '../http/read-body.ts';
import { defineRoute } from '../http/route.ts';

export const putSourceEventRoute = defineRoute({
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
    errors: [409, 413, 415],
  },
  async handle(call) {
    const name = { workspace: call.workspace, source: call.params.source, event: call.params.event };
    const result = validateUserSource(name, exactBodyAs(call.body, userSourceSchema));
    const compileFaults = await findCompileFaults(call, result.ok ? result.source.schema : result.schema);
    const faults = [...(result.ok ? [] : result.faults), ...compileFaults];
    if (!result.ok || faults.length > 0) throw schemaViolation(faults);
    await putRecorded(call, result.source);
    await call.context.catalogue.refresh();
    return { status: 200, body: { data: printUserSource(result.source) } };
  },
});

async function findCompileFaults({ context, workspace }: Call, schema: UserSource['schema']): Promise<Fault[]> {
  if (schema === null) return [];
  const compiled = await context.schemaChecker.compile(workspace, stringifyExact(schema));
  if (compiled.ok) return [];
  if (compiled.kind === 'over_budget') throw apiError('over_budget', compiled.message, { 'Retry-After': '10' });
  return [{ path: ['schema'], message: compiled.message }];
}

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

/** A workspace's own event in the shape of a catalogue entry. */
export function printUserSource({ description, fields, unique, schema }: UserSource) {
  return {
    ...(description !== null && { description }),
    fields,
    ...(unique !== null && { unique }),
    ...(schema !== null && { schema }),
  };
}
