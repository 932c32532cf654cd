import { sourceEntrySchema } from '@eventhooks/contract';
import { z } from 'zod';
import { apiError } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';

export const readSourceEventRoute = defineRoute({
  method: 'get',
  path: '/event-hooks/sources/{source}/{event}',
  operation: 'readSourceEvent',
  document: {
    summary: 'Read an event of a source',
    tag: 'Sources',
    responses: { 200: { description: 'The event.', schema: z.object({ data: sourceEntrySchema }) } },
  },
  async handle(call) {
    const entry = call.context.catalogue.viewOf(call.workspace).get(call.params.source)?.get(call.params.event);
    if (entry === undefined) throw apiError('not_found');
    return { status: 200, body: { data: entry } };
  },
});
