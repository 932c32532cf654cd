import {
  definitionOf,
  EVENT_LIMITS,
  findShapeFault,
  HOOK_LIMITS,
  type Hook,
  type HookTestOutcome,
  type JsonObject,
  JsonText,
  type PrintedTestResult,
  testQuerySchema,
  testResultSchema,
} from '@eventhooks/contract';
import { findHook } from '@eventhooks/database';
import { addEventAndSource } from '@eventhooks/delivery';
import { z } from 'zod';
import { dataTextsOf } from '../hooks/data-texts.ts';
import type { Answerable } from '../http/answerable.ts';
import { apiError, schemaViolation } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { bodyAs, exactTextOf } from '../http/read-body.ts';
import { defineRoute } from '../http/route.ts';

const dataSchema = z.record(z.string(), z.unknown());
const inputSchema = z.union([dataSchema, z.array(dataSchema).min(1).max(HOOK_LIMITS.batchSize)]);

export const testHookRoute = defineRoute({
  method: 'post',
  path: '/event-hooks/{id}/test',
  operation: 'testHook',
  document: {
    summary: 'Test an event hook',
    description:
      "The body is an event's data, or for a hook with `batch` a list of them. A worker runs the handler at once, past snooze and on_change.",
    tag: 'Event hooks',
    query: testQuerySchema,
    request: { schema: inputSchema, examples: { consumer: { consumer: { username: 'Jane Austen' } } } },
    responses: {
      200: {
        description: 'The data that the handler was given, and its result.',
        schema: testResultSchema,
        examples: {
          webhook: {
            data: { consumer: { username: 'Jane Austen' }, event: 'consumers', source: 'crud' },
            result: {
              body: '',
              headers: { 'Content-Type': 'text/plain; charset=UTF-8', Server: 'nginx/1.14.2' },
              status: 200,
            },
          },
        },
      },
    },
    errors: [413, 415],
  },
  async handle(call) {
    const { database, keyring } = call.context;
    const hook = await findHook(database.kysely, keyring, call.workspace, call.params.id);
    if (hook === null) throw apiError('not_found');
    const data = readData(call, hook);
    const dataText = exactTextOf(call.body, data);
    const isDetailed = call.query.details === 'true';
    const event = eventOf(hook, Array.isArray(data) ? (data.at(-1) ?? {}) : data);
    return { status: 200, body: await runTest(call, { hook, event, dataText, isDetailed }) };
  },
});

/** Has a worker run the hook, and prints its answer. @throws {ApiError} 503 when no worker answers. */
export async function runTest(
  { context }: Call,
  { hook, event, dataText, isDetailed }: { hook: Hook; event: string; dataText: string; isDetailed: boolean },
): Promise<Answerable<PrintedTestResult>> {
  const { source } = hook;
  const items = dataTextsOf(dataText);
  const tested = await context.hookTester.run({
    hook,
    source,
    event,
    dataText: hook.batch === null ? dataText : `[${items.join()}]`,
  });
  if (!tested.ok) throw apiError('unavailable', tested.reason);
  const { outcome, request, durationMs = null, logs = [] } = tested.result;
  const isList = dataText.startsWith('[');
  const printed = items.map((text) => addEventAndSource(text, event, source));
  return {
    data: new JsonText(isList ? `[${printed.join()}]` : printed.join()),
    result: printOutcome(hook, outcome),
    ...(isDetailed && { details: { request, duration_ms: durationMs, logs } }),
  };
}

/** @throws {ApiError} 400 for a list where the hook has no batches. */
function readData(call: Call, { batch }: Hook): JsonObject | JsonObject[] {
  const data = bodyAs(call.body, dataSchema);
  const items = batch !== null && Array.isArray(data) ? data : [data];
  const isTooLong = items.length === 0 || items.length > HOOK_LIMITS.batchSize;
  if (isTooLong) throw schemaViolation([{ path: [], message: `expected 1 to ${HOOK_LIMITS.batchSize} events` }]);
  for (const item of items) {
    const fault = findShapeFault(item, EVENT_LIMITS.depth);
    if (fault !== null) throw schemaViolation([fault]);
  }
  // Bodies are JSON, or texts nested in objects.
  return data as JsonObject | JsonObject[];
}

/** A hook without an event is tested with the event named in the data, or with one called `test`. */
function eventOf(hook: Hook, data: JsonObject): string {
  if (hook.event !== null) return hook.event;
  return typeof data.event === 'string' && data.event !== '' ? data.event : 'test';
}

function printOutcome(hook: Hook, outcome: HookTestOutcome): PrintedTestResult['result'] {
  switch (outcome.kind) {
    case 'response': {
      const { body, headers, status, errorCode } = outcome;
      return { body, headers, status, ...(errorCode !== undefined && { error_code: errorCode }) };
    }
    case 'value':
      return { value: outcome.value };
    case 'failure':
      return {
        error: outcome.message,
        ...(definitionOf(hook.handler).namesTestErrors && { error_code: outcome.code }),
      };
  }
}
