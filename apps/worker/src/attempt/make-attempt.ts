import { messageOf } from '@eventhooks/contract';
import type { Tracing } from '@eventhooks/operations';
import type { Delivery } from '../delivery/delivery.ts';
import { type Attempt, type AttemptOutcome, failAttempt } from '../delivery/outcome.ts';
import { type HandlerTools, handlers } from '../handlers/index.ts';
import type { Granted } from './call.ts';
import { traceAttempt } from './trace-attempt.ts';

/** Other deliveries do not wait for a template or lambda that has run for this long. */
const longestPreparationMs = 250;

/**
 * One attempt for each delivery. Where the handler prepared none, it is an attempt that fails with the reason.
 *
 * @param onOverdue is told of the hook when its handler takes long.
 */
export async function prepareAttempts(
  { grant: { hook }, deliveries }: Granted,
  tools: HandlerTools,
  onOverdue: (hookId: string) => void,
): Promise<Attempt[]> {
  const startedAt = performance.now();
  const failing = (error: unknown) => () => Promise.resolve(crashedAttempt(error, startedAt));
  let overdueTimer: NodeJS.Timeout | undefined;
  try {
    const preparing = handlers[hook.handler](deliveries, tools);
    if (preparing instanceof Promise) overdueTimer = setTimeout(onOverdue, longestPreparationMs, hook.id);
    const attempts = await preparing;
    return deliveries.map((_, index) => attempts[index] ?? failing(new Error('nothing prepared')));
  } catch (error) {
    return deliveries.map(() => failing(error));
  } finally {
    clearTimeout(overdueTimer);
  }
}

/** Makes a delivery's attempt. An error that it throws is its outcome. */
export async function makeAttempt(delivery: Delivery, attempt: Attempt, tracing: Tracing): Promise<AttemptOutcome> {
  const startedAt = performance.now();
  try {
    return await traceAttempt(delivery, attempt, tracing);
  } catch (error) {
    return crashedAttempt(error, startedAt);
  }
}

function crashedAttempt(error: unknown, startedAt: number): AttemptOutcome {
  return failAttempt('internal', messageOf(error), Date.now() - (performance.now() - startedAt));
}
