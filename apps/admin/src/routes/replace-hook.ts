import { hookInputSchema, printedHookSchema, printHook } from '@eventhooks/contract';
import { saveHook } from '../hooks/save-hook.ts';
import { schemaViolation } from '../http/api-error.ts';
import { type Call, paramOf } from '../http/call.ts';
import type { Route } from '../http/route.ts';
import { HOOK_EXAMPLES, HOOK_REQUEST_EXAMPLES } from './hook-examples.ts';

export const replaceHookRoute: Route = {
  method: 'put',
  path: '/event-hooks/{id}',
  operation: 'replaceHook',
  document: {
    summary: 'Add or replace an event hook',
    tag: 'Event hooks',
    request: { schema: hookInputSchema, examples: HOOK_REQUEST_EXAMPLES },
    responses: { 200: { description: 'The hook.', schema: printedHookSchema, examples: HOOK_EXAMPLES } },
    errors: [400, 409, 413, 415],
  },
  async handle(call) {
    return { status: 200, body: printHook(await saveHook(call, 'replace', readNewId(call))) };
  },
};

/** Here the path makes an id, so what is no UUID is a fault of the request. */
function readNewId(call: Call): string {
  const id = paramOf(call, 'id').toLowerCase();
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) {
    throw schemaViolation([{ path: ['id'], message: 'expected a valid UUID' }]);
  }
  return id;
}
