import { stringifyExact } from '@eventhooks/contract';
import type { Logger } from '@eventhooks/operations';
import type { LambdaOutcome, LogLine } from '@eventhooks/sandbox';
import type { Delivery } from '../delivery/delivery.ts';
import type { AttemptOutcome } from '../delivery/outcome.ts';
import { configOf, type Prepare } from './handler.ts';
import { redactJson } from './redaction.ts';
import { failedRun, sandboxHook, sandboxItems } from './sandboxed.ts';

/** Runs the hook's functions for all deliveries in one crossing into the sandbox. Their log lines go to the worker's log and the record. */
export const prepareLambda: Prepare = async (deliveries, tools) => {
  const [first] = deliveries;
  if (!first) return [];
  const { language, functions } = configOf(first.hook, 'lambda');
  const startedAtMs = Date.now();
  const outcomes = await tools.sandbox.runLambda(
    sandboxHook(first.hook),
    { language, functions },
    sandboxItems(deliveries),
  );
  return deliveries.map((delivery, index) => {
    const outcome = outcomes[index];
    return () => {
      logLines(delivery, outcome?.logs ?? [], tools.logger);
      return Promise.resolve(
        outcome?.ok ? finishedRun(delivery, outcome, startedAtMs) : failedRun(outcome, startedAtMs),
      );
    };
  });
};

function finishedRun(
  delivery: Delivery,
  outcome: Extract<LambdaOutcome, { ok: true }>,
  startedAtMs: number,
): AttemptOutcome {
  return {
    ok: true,
    startedAtMs,
    durationMs: Date.now() - startedAtMs,
    request: null,
    response: stringifyExact({ value: redactJson(delivery.hook, JSON.stringify(outcome.value)), logs: outcome.logs }),
    responseStatus: null,
  };
}

function logLines({ id, hook }: Delivery, lines: readonly LogLine[], logger: Logger): void {
  for (const line of lines) {
    logger.info({ hook_id: hook.id, delivery_id: id, lambda_level: line.level }, line.message);
  }
}
