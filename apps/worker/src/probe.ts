import type { JsonValue, ProbeOutcome, ProbeRequest, ProbeResult } from '@eventhooks/contract';
import { answerProbe, type Database, newId, readProbe } from '@eventhooks/database';
import type { ProbeJob } from '@eventhooks/queue';
import type { AttemptOutcome } from './firing.ts';
import { type HandlerTools, handlers } from './handlers/index.ts';

/** Runs one hook's handler once, for an admin that waits: past snooze and on_change, without a record, without retries. */
export async function runProbe({ probeId }: ProbeJob, database: Database, tools: HandlerTools): Promise<void> {
  const text = await readProbe(database.pool, probeId);
  if (text === null) return;
  const request: ProbeRequest = JSON.parse(text);
  const eventId = newId();
  const firing = {
    deliveryId: eventId,
    eventId,
    workspace: request.hook.workspace,
    data: JSON.stringify(request.data),
    // Not the stored hook's isolates: a hook may be tested before it is stored.
    hook: { ...request.hook, revision: `probe-${probeId}` },
    name: { source: request.source, event: request.event },
    attemptCount: 0,
    scheduleStep: 0,
    suppressedSince: null,
  };
  const [attempt] = await handlers[firing.hook.handler]([firing], tools);
  if (!attempt) throw new Error('the handler prepared nothing');
  await answerProbe(database.pool, probeId, JSON.stringify(describe(await attempt())));
}

function describe(outcome: AttemptOutcome): ProbeResult {
  const request = outcome.request === null ? null : JSON.parse(outcome.request);
  return { request: request?.url === undefined ? null : request, outcome: outcomeOf(outcome) };
}

function outcomeOf(outcome: AttemptOutcome): ProbeOutcome {
  const response: { status?: number; headers?: Record<string, string>; body?: string; value?: JsonValue } | null =
    outcome.response === null ? null : JSON.parse(outcome.response);
  // A response is an answer, whatever its status: the caller shows it.
  if (response?.status !== undefined) {
    return { kind: 'response', status: response.status, headers: response.headers ?? {}, body: response.body ?? '' };
  }
  if (!outcome.ok) return { kind: 'failure', code: outcome.kind, message: outcome.message };
  return { kind: 'value', value: response?.value ?? null };
}
