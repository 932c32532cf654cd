import { hookInputSchema, printedHookSchema, printHook } from '@eventhooks/contract';
import { saveHook } from '../hooks/save-hook.ts';
import type { Route } from '../http/route.ts';
import { HOOK_EXAMPLES, HOOK_REQUEST_EXAMPLES } from './hook-examples.ts';

export const createHookRoute: Route = {
  method: 'post',
  path: '/event-hooks',
  operation: 'createHook',
  document: {
    summary: 'Add an event hook',
    description: 'A webhook is pinged once it is created; a ping that fails does not undo the creation.',
    tag: 'Event hooks',
    request: { schema: hookInputSchema, examples: HOOK_REQUEST_EXAMPLES },
    responses: { 201: { description: 'The hook.', schema: printedHookSchema, examples: HOOK_EXAMPLES } },
    errors: [400, 409, 413, 415],
  },
  async handle(call) {
    return { status: 201, body: printHook(await saveHook(call, 'create', null)) };
  },
};
