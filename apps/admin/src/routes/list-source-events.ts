import { BUILTIN_SOURCES, printEvents, sourceEventsSchema } from '@eventhooks/contract';
import { apiError } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';

export const listSourceEventsRoute = defineRoute({
  method: 'get',
  path: '/event-hooks/sources/{source}',
  operation: 'listSourceEvents',
  document: {
    summary: 'List all events of a source',
    tag: 'Sources',
    responses: {
      200: {
        description: 'Its events.',
        schema: sourceEventsSchema,
        examples: { 'dao:crud': { data: printEvents(BUILTIN_SOURCES.get('dao:crud') ?? new Map()) } },
      },
    },
  },
  async handle(call) {
    const events = call.context.catalogue.viewOf(call.workspace).get(call.params.source);
    if (events === undefined) throw apiError('not_found');
    return { status: 200, body: { data: printEvents(events) } };
  },
});
