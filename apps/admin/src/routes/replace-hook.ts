import { hookInputSchema, hookWriteQuerySchema, printedHookSchema } from '@eventhooks/contract';
import { saveHook } from '../hooks/save-hook.ts';
import { defineRoute } from '../http/route.ts';
import { HOOK_EXAMPLES, HOOK_REQUEST_EXAMPLES } from './hook-examples.ts';
import { showWrittenHook } from './show-hook.ts';

export const replaceHookRoute = defineRoute({
  method: 'put',
  path: '/event-hooks/{id}',
  operation: 'replaceHook',
  document: {
    summary: 'Add or replace an event hook',
    tag: 'Event hooks',
    query: hookWriteQuerySchema,
    request: { schema: hookInputSchema, examples: HOOK_REQUEST_EXAMPLES },
    responses: { 200: { description: 'The hook.', schema: printedHookSchema, examples: HOOK_EXAMPLES } },
    errors: [409, 413, 415],
  },
  async handle(call) {
    return { status: 200, body: showWrittenHook(call, await saveHook(call, 'replace', call.params.id)) };
  },
});
