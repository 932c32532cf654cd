import {
  definitionOf,
  EVENT_LIMITS,
  findShapeFault,
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
import type { Answerable } from '../http/answerable.ts';
import { apiError, schemaViolation } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { bodyAs, exactTextOf } from '../http/read-body.ts';
import { defineRoute } from '../http/route.ts';

const dataSchema = z.record(z.string(), z.unknown());

export const testHookRoute = defineRoute({
  method: 'post',
  path: '/event-hooks/{id}/test',
  operation: 'testHook',
  document: {
    summary: 'Test an event hook',
    description: "The body is an event's data. A worker runs the handler at once, past snooze and on_change.",
    tag: 'Event hooks',
    query: testQuerySchema,
    request: { schema: dataSchema, examples: { consumer: { consumer: { username: 'Jane Austen' } } } },
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
    const data = readData(call);
    const dataText = exactTextOf(call.body, data);
    const isDetailed = call.query.details === 'true';
    return { status: 200, body: await runTest(call, { hook, event: eventOf(hook, data), dataText, isDetailed }) };
  },
});

/** Has a worker run the hook, and prints its answer. @throws {ApiError} 503 when no worker answers. */
export async function runTest(
  { context }: Call,
  { hook, event, dataText, isDetailed }: { hook: Hook; event: string; dataText: string; isDetailed: boolean },
): Promise<Answerable<PrintedTestResult>> {
  const { source } = hook;
  const tested = await context.hookTester.run({ hook, source, event, dataText });
  if (!tested.ok) throw apiError('unavailable', tested.reason);
  const { outcome, request, durationMs = null, logs = [] } = tested.result;
  return {
    data: new JsonText(addEventAndSource(dataText, event, source)),
    result: printOutcome(hook, outcome),
    ...(isDetailed && { details: { request, duration_ms: durationMs, logs } }),
  };
}

function readData(call: Call): JsonObject {
  const data = bodyAs(call.body, dataSchema);
  const fault = findShapeFault(data, EVENT_LIMITS.depth);
  if (fault !== null) throw schemaViolation([fault]);
  // Bodies are JSON, or texts nested in objects.
  return data as JsonObject;
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
