import { pageSchema, printedHookSchema, printHook, redactPrintedHook } from '@eventhooks/contract';
import { type HookPageRequest, listHooks } from '@eventhooks/database';
import { z } from 'zod';
import type { Call } from '../http/call.ts';
import { buildPage, pageQuerySchema, queryText, readPageRequest } from '../http/page.ts';
import type { Route } from '../http/route.ts';
import { HOOK_EXAMPLES } from './hook-examples.ts';

export const listHooksRoute: Route = {
  method: 'get',
  path: '/event-hooks',
  operation: 'listHooks',
  document: {
    summary: 'List all event hooks',
    description: 'In the order of their ids. Viewers see secrets as null.',
    tag: 'Event hooks',
    query: pageQuerySchema.extend({
      tags: z.string().optional().meta({ description: '`a,b`: hooks with both; `a/b`: with either.' }),
    }),
    responses: {
      200: {
        description: 'A page of hooks.',
        schema: pageSchema(printedHookSchema),
        examples: { page: { data: Object.values(HOOK_EXAMPLES), next: null } },
      },
    },
    errors: [400],
  },
  async handle(call) {
    const page = readPageRequest(call);
    const { workspace, context } = call;
    const hooks = await listHooks(context.database.kysely, context.keyring, {
      workspace,
      ...page,
      tags: readTags(call),
    });
    return { status: 200, body: buildPage(call, page.size, hooks, (hook) => showHook(call, printHook(hook))) };
  },
};

/** What the caller may see of a hook. */
export function showHook(call: Call, printed: Record<string, unknown>): Record<string, unknown> {
  return call.actor.role === 'admin' ? printed : redactPrintedHook(printed);
}

/** Kong's spelling: a comma asks for all of the tags, a slash for any. */
function readTags(call: Call): HookPageRequest['tags'] {
  const text = queryText(call, 'tags');
  if (text === null || text === '') return null;
  return text.includes('/') ? { any: text.split('/') } : { all: text.split(',') };
}
