import {
  type HookTestOutcome,
  type HookTestRequest,
  type HookTestResult,
  type JsonValue,
  parseExact,
  parseLossless,
  stringifyExact,
} from '@eventhooks/contract';
import { answerHookTest, type Database, type Keyring, newId, readHookTest } from '@eventhooks/database';
import type { HookTestJob } from '@eventhooks/queue';
import { makeBatch } from '../delivery/batch.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { AttemptOutcome } from '../delivery/outcome.ts';
import { type HandlerTools, handlers } from '../handlers/index.ts';

/** Runs a hook's handler once for an admin that waits, without snooze and on_change, record and retries. */
export async function runHookTest(
  { probeId: testId }: HookTestJob,
  { database, keyring, tools }: { database: Database; keyring: Keyring; tools: HandlerTools },
): Promise<void> {
  const request = await readHookTest(database.pool, keyring, testId);
  if (request === null) return;
  const result = request.ok ? await runRequest(testId, readRequest(request.text), tools) : otherKeys;
  await answerHookTest(database.pool, keyring, testId, JSON.stringify(result));
}

const otherKeys: HookTestResult = {
  request: null,
  outcome: {
    kind: 'failure',
    code: 'secrets_unreadable',
    message: 'The worker has other EVENTHOOKS_SECRET_KEYS than the admin',
  },
};

/** The hook's payload and the data keep their numbers and the order of their keys. */
function readRequest(text: string): HookTestRequest {
  const { data: _data, ...request } = Object(parseLossless(text));
  const exact = parseExact(text);
  return { ...request, dataText: stringifyExact(exact instanceof Map ? exact.get('data') : null) };
}

async function runRequest(testId: string, request: HookTestRequest, tools: HandlerTools): Promise<HookTestResult> {
  const data = parseExact(request.dataText);
  const delivery = Array.isArray(data)
    ? makeBatch(
        newId(),
        data.map((item) => deliveryOf(testId, request, stringifyExact(item))),
      )
    : deliveryOf(testId, request, request.dataText);
  const [attempt] = await handlers[delivery.hook.handler]([delivery], tools);
  if (!attempt) throw new Error('the handler prepared nothing');
  return describe(await attempt(null));
}

function deliveryOf(testId: string, request: HookTestRequest, data: string): Delivery {
  const eventId = newId();
  return {
    id: eventId,
    eventId,
    workspace: request.hook.workspace,
    data,
    traceparent: null,
    // The revision gives the test isolates of its own, because a hook may be tested before it is stored. Nothing is recorded,
    // so there is nothing to redact.
    hook: { ...request.hook, redact: [], revision: `probe-${testId}`, draining: false, order_generation: 0 },
    name: { source: request.source, event: request.event },
    attemptCount: 0,
    scheduleStep: 0,
    suppressedSince: null,
    order: null,
  };
}

function describe(outcome: AttemptOutcome): HookTestResult {
  const request = outcome.request === null ? null : JSON.parse(outcome.request);
  const response: RecordedResponse | null = outcome.response === null ? null : JSON.parse(outcome.response);
  return {
    request: request?.url === undefined ? null : request,
    outcome: outcomeOf(outcome, response),
    durationMs: outcome.durationMs,
    ...(response?.logs !== undefined && { logs: response.logs }),
  };
}

interface RecordedResponse {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  value?: JsonValue;
  logs?: { level: string; message: string }[];
}

function outcomeOf(outcome: AttemptOutcome, response: RecordedResponse | null): HookTestOutcome {
  if (response?.status !== undefined) {
    const { status, headers = {}, body = '' } = response;
    return { kind: 'response', status, headers, body, ...(!outcome.ok && { errorCode: outcome.kind }) };
  }
  if (!outcome.ok) return { kind: 'failure', code: outcome.kind, message: outcome.message };
  return { kind: 'value', value: response?.value ?? null };
}
