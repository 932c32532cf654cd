import { draftTestInputSchema, EVENT_LIMITS, findShapeFault, testResultSchema, toFaults } from '@eventhooks/contract';
import type { z } from 'zod';
import { refuseList } from '../hooks/data-texts.ts';
import { readUnstoredHook } from '../hooks/read-unstored-hook.ts';
import { schemaViolation } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { exactTextOf, hookBodyAs } from '../http/read-body.ts';
import { defineRoute } from '../http/route.ts';
import { runTest } from './test-hook.ts';

export const testDraftRoute = defineRoute({
  method: 'post',
  path: '/event-hooks/test',
  operation: 'testDraft',
  document: {
    summary: 'Test a hook that is not stored',
    description:
      'A worker runs the handler at once with this config for this data, and a webhook is sent. Nothing is stored or recorded.',
    tag: 'Event hooks',
    request: {
      schema: draftTestInputSchema,
      examples: {
        lambda: {
          source: 'crud',
          event: 'consumers',
          handler: 'lambda',
          config: { functions: ['return function (data) kong.log.notice("saw ", data.n) return data end'] },
          data: { n: 42 },
        },
      },
    },
    responses: { 200: { description: 'The result, and how it came about.', schema: testResultSchema } },
    errors: [413, 415],
  },
  async handle(call) {
    const input = readInput(call);
    const { data: _data, ...given } = input;
    const hook = await readUnstoredHook(call, given);
    const dataText = exactTextOf(call.body, input, 'data');
    return { status: 200, body: await runTest(call, { hook, event: input.event, dataText, isDetailed: true }) };
  },
});

/** The data's depth within the body. */
const maxDepth = EVENT_LIMITS.depth + 1;

function readInput(call: Call): z.output<typeof draftTestInputSchema> {
  const body = hookBodyAs(call.body, draftTestInputSchema);
  const shapeFault = findShapeFault(body, maxDepth);
  if (shapeFault !== null) throw schemaViolation([shapeFault]);
  const parsed = draftTestInputSchema.safeParse(body);
  if (!parsed.success) throw schemaViolation(toFaults(parsed.error));
  refuseList(parsed.data);
  return parsed.data;
}
