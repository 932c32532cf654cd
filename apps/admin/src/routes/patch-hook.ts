import { hookPatchSchema, hookWriteQuerySchema, printedHookSchema } from '@eventhooks/contract';
import { saveHook } from '../hooks/save-hook.ts';
import { defineRoute } from '../http/route.ts';
import { HOOK_EXAMPLES } from './hook-examples.ts';
import { showWrittenHook } from './show-hook.ts';

export const patchHookRoute = defineRoute({
  method: 'patch',
  path: '/event-hooks/{id}',
  operation: 'patchHook',
  document: {
    summary: 'Change fields of an event hook',
    description:
      '`config` is merged by field; `headers` and `payload` are replaced as wholes; null asks for a default.',
    tag: 'Event hooks',
    query: hookWriteQuerySchema,
    request: { schema: hookPatchSchema, examples: { snooze: { snooze: 60, on_change: true } } },
    responses: { 200: { description: 'The hook.', schema: printedHookSchema, examples: HOOK_EXAMPLES } },
    errors: [413, 415],
  },
  async handle(call) {
    return { status: 200, body: showWrittenHook(call, await saveHook(call, 'patch', call.params.id)) };
  },
});
