import type { Logger } from '@eventhooks/operations';
import type { LambdaOutcome, LogLine } from '@eventhooks/sandbox';
import type { AttemptOutcome, Firing } from '../firing.ts';
import { configOf, type Prepare } from './handler.ts';
import { redactRecorded } from './recorded.ts';
import { failedRun, sandboxHook, sandboxItems } from './sandboxed.ts';

/** Runs the hook's functions on all firings in one crossing into the sandbox. What they log goes to the worker's log and the record. */
export const prepareLambda: Prepare = async (firings, tools) => {
  const [first] = firings;
  if (!first) return [];
  const { language, functions } = configOf(first.hook, 'lambda');
  const startedAtMs = Date.now();
  const outcomes = await tools.sandbox.runLambda(
    sandboxHook(first.hook),
    { language, functions },
    sandboxItems(firings),
  );
  return firings.map((firing, index) => {
    const outcome = outcomes[index];
    return () => {
      logLines(firing, outcome?.logs ?? [], tools.logger);
      return Promise.resolve(outcome?.ok ? finishedRun(firing, outcome, startedAtMs) : failedRun(outcome, startedAtMs));
    };
  });
};

function finishedRun(
  firing: Firing,
  outcome: Extract<LambdaOutcome, { ok: true }>,
  startedAtMs: number,
): AttemptOutcome {
  return {
    ok: true,
    startedAtMs,
    durationMs: Date.now() - startedAtMs,
    request: null,
    response: JSON.stringify({ value: redactRecorded(firing.hook, outcome.value), logs: outcome.logs }),
    responseStatus: null,
  };
}

function logLines(firing: Firing, lines: readonly LogLine[], logger: Logger): void {
  for (const line of lines) {
    logger.info({ hook_id: firing.hook.id, delivery_id: firing.deliveryId, lambda_level: line.level }, line.message);
  }
}
