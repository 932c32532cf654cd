import { setTimeout as sleep } from 'node:timers/promises';
import type { PendingEvent } from './batch-queue.ts';
import { PublishError } from './publish-error.ts';
import { type Answer, readAnswer } from './read-answer.ts';

export interface Target {
  url: string;
  token: string | null;
  requestTimeoutMs: number;
  retryForMs: number;
  /** Until then no request is begun, because an answer's `Retry-After` said so; as `performance.now()`. Shared by all batches. */
  pausedUntilMs: number;
}

/** The longest first wait before a retry. It doubles each time, up to the last; a random wait from its upper half is taken. */
const FIRST_WAIT_MS = 100;
const LAST_WAIT_MS = 10_000;

/**
 * Publishes a batch and settles each of its events. Passing failures are retried until `retryForMs` is over: every event has
 * an id, so a retry never makes a duplicate. Events that the server names as faulty are settled, and the others sent again.
 * An abort settles the remaining events with kind `closed`.
 */
export async function sendBatch(batch: readonly PendingEvent[], target: Target, aborted: AbortSignal): Promise<void> {
  const endsAt = performance.now() + target.retryForMs;
  let rest = [...batch];
  for (let tries = 0; rest.length > 0; ) {
    if (target.pausedUntilMs >= endsAt) {
      return rejectAll(rest, 'unavailable', 'The server asked to wait for longer than this publisher retries');
    }
    await waitFor(target.pausedUntilMs - performance.now(), aborted);
    if (aborted.aborted) return rejectAll(rest, 'closed', 'The publisher was closed before the server answered');
    const answer = await post(rest, target, aborted);
    switch (answer.kind) {
      case 'accepted':
        return acceptAll(rest, answer);
      case 'faulty':
        rest = rejectFaulty(rest, answer);
        break;
      case 'too_large':
        if (rest.length === 1) return rejectAll(rest, 'invalid', answer.message);
        await Promise.all(halve(rest).map((half) => sendBatch(half, target, aborted)));
        return;
      case 'refused':
        return rejectAll(rest, answer.reason, answer.message);
      case 'failed': {
        tries += 1;
        const waitMs = Math.max(answer.retryAfterMs, backoffMs(tries));
        if (answer.retryAfterMs > 0) {
          target.pausedUntilMs = Math.max(target.pausedUntilMs, performance.now() + answer.retryAfterMs);
        }
        if (performance.now() + waitMs >= endsAt) return rejectAll(rest, 'unavailable', answer.message);
        await waitFor(waitMs, aborted);
      }
    }
  }
}

/** An abort ends the wait early. */
async function waitFor(waitMs: number, aborted: AbortSignal): Promise<void> {
  if (waitMs > 0) await sleep(waitMs, undefined, { signal: aborted }).catch(() => undefined);
}

async function post(events: readonly PendingEvent[], target: Target, aborted: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(target.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-ndjson',
        ...(target.token !== null && { authorization: `Bearer ${target.token}` }),
      },
      body: events.map(({ json }) => json).join('\n'),
      // A redirect would turn the POST into a GET.
      redirect: 'error',
      signal: AbortSignal.any([aborted, AbortSignal.timeout(target.requestTimeoutMs)]),
    });
    return await readAnswer(response, events.length);
  } catch (error) {
    return { kind: 'failed', message: describe(error, target), retryAfterMs: 0 };
  }
}

function describe(error: unknown, { url, requestTimeoutMs }: Target): string {
  if (!(error instanceof Error)) return `${url}: ${String(error)}`;
  if (error.name === 'TimeoutError') return `${url} did not answer within ${requestTimeoutMs} ms`;
  const { cause } = error;
  const reason = cause instanceof Error ? cause.message || cause.name : error.message;
  return `${url} cannot be reached: ${reason}`;
}

function acceptAll(events: readonly PendingEvent[], { receipts }: Extract<Answer, { kind: 'accepted' }>): void {
  for (const [index, event] of events.entries()) {
    const receipt = receipts[index];
    if (receipt) event.resolve(receipt);
  }
}

/** Settles the events that the server named, and returns the others. */
function rejectFaulty(
  events: readonly PendingEvent[],
  { faults }: Extract<Answer, { kind: 'faulty' }>,
): PendingEvent[] {
  return events.filter((event, index) => {
    const own = faults.get(index);
    if (own === undefined) return true;
    const text = own.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ');
    event.reject(new PublishError('invalid', `The event is refused: ${text}`, { id: event.id, faults: own }));
    return false;
  });
}

function rejectAll(events: readonly PendingEvent[], kind: PublishError['kind'], message: string): void {
  for (const event of events) event.reject(new PublishError(kind, message, { id: event.id }));
}

function halve(events: PendingEvent[]): [PendingEvent[], PendingEvent[]] {
  const middle = Math.ceil(events.length / 2);
  return [events.slice(0, middle), events.slice(middle)];
}

function backoffMs(tries: number): number {
  const longest = Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1));
  return longest / 2 + Math.random() * (longest / 2);
}
