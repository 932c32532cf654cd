import { hookInputSchema, hookWriteQuerySchema, printedHookSchema } from '@eventhooks/contract';
import { saveHook } from '../hooks/save-hook.ts';
import { defineRoute } from '../http/route.ts';
import { HOOK_EXAMPLES, HOOK_REQUEST_EXAMPLES } from './hook-examples.ts';
import { showWrittenHook } from './show-hook.ts';

export const createHookRoute = defineRoute({
  method: 'post',
  path: '/event-hooks',
  operation: 'createHook',
  document: {
    summary: 'Add an event hook',
    description: 'A webhook is pinged after its creation; a ping that fails does not undo the creation.',
    tag: 'Event hooks',
    query: hookWriteQuerySchema,
    request: { schema: hookInputSchema, examples: HOOK_REQUEST_EXAMPLES },
    responses: { 201: { description: 'The hook.', schema: printedHookSchema, examples: HOOK_EXAMPLES } },
    errors: [409, 413, 415],
  },
  async handle(call) {
    return { status: 201, body: showWrittenHook(call, await saveHook(call, 'create', null)) };
  },
});
