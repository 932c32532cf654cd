import { printedHookSchema } from '@eventhooks/contract';
import { findHook } from '@eventhooks/database';
import { apiError } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';
import { HOOK_EXAMPLES } from './hook-examples.ts';
import { showHook } from './show-hook.ts';

export const readHookRoute = defineRoute({
  method: 'get',
  path: '/event-hooks/{id}',
  operation: 'readHook',
  document: {
    summary: 'Read an event hook',
    tag: 'Event hooks',
    responses: { 200: { description: 'The hook.', schema: printedHookSchema, examples: HOOK_EXAMPLES } },
  },
  async handle(call) {
    const { database, keyring } = call.context;
    const hook = await findHook(database.kysely, keyring, call.workspace, call.params.id);
    if (hook === null) throw apiError('not_found');
    return { status: 200, body: showHook(call, hook) };
  },
});
