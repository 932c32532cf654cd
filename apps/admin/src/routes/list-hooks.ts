import { hookPageQuerySchema, pageSchema, printedHookSchema } from '@eventhooks/contract';
import { listHooks } from '@eventhooks/database';
import { buildPage } from '../http/page.ts';
import { defineRoute } from '../http/route.ts';
import { HOOK_EXAMPLES } from './hook-examples.ts';
import { showHook } from './show-hook.ts';

export const listHooksRoute = defineRoute({
  method: 'get',
  path: '/event-hooks',
  operation: 'listHooks',
  document: {
    summary: 'List all event hooks',
    description: 'In the order of their ids. Viewers see secrets as null.',
    tag: 'Event hooks',
    query: hookPageQuerySchema,
    responses: {
      200: {
        description: 'A page of hooks.',
        schema: pageSchema(printedHookSchema),
        examples: { page: { data: Object.values(HOOK_EXAMPLES), next: null } },
      },
    },
  },
  async handle(call) {
    const { workspace, context, query } = call;
    const { size, offset: after = null, tags = null } = query;
    const hooks = await listHooks(context.database.kysely, context.keyring, { workspace, size, after, tags });
    return { status: 200, body: buildPage(call, hooks, (hook) => showHook(call, hook)) };
  },
});
