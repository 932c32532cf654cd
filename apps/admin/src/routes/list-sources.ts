import { BUILTIN_SOURCES, printCatalogue, sourcesSchema } from '@eventhooks/contract';
import { defineRoute } from '../http/route.ts';

export const listSourcesRoute = defineRoute({
  method: 'get',
  path: '/event-hooks/sources',
  operation: 'listSources',
  document: {
    summary: 'List all sources',
    description: 'Source, event, and the fields that templates can use.',
    tag: 'Sources',
    responses: {
      200: {
        description: 'Every source with its events.',
        schema: sourcesSchema,
        examples: {
          sources: { data: printCatalogue(new Map([...BUILTIN_SOURCES].filter(([name]) => name !== 'crud'))) },
        },
      },
    },
  },
  async handle({ context, workspace }) {
    return { status: 200, body: { data: printCatalogue(context.catalogue.viewOf(workspace)) } };
  },
});
