import type { StoredHook } from '@eventhooks/database';
import { addEvents } from '@eventhooks/delivery';
import type { LogLine, SandboxFailureKind, SandboxItem } from '@eventhooks/sandbox';
import type { Delivery } from '../delivery/delivery.ts';
import { type AttemptOutcome, failAttempt } from '../delivery/outcome.ts';
import { batchItemOf } from './batch-item.ts';

/** Isolates are kept per hook. A changed hook gets a new one. */
export function sandboxHook(hook: StoredHook): { id: string; revision: string } {
  return { id: hook.id, revision: hook.revision };
}

/** Templates of a batch see the names of its last event, and all of them as `events`. */
export function sandboxItems(deliveries: readonly Delivery[]): SandboxItem[] {
  return deliveries.map(({ data, name, members }) => ({
    data: members ? addEvents(data, members.map(batchItemOf)) : data,
    event: name.event,
    source: name.source,
  }));
}

/** The outcome of an attempt whose run in the sandbox gave no result. */
export function failedRun(
  outcome: { ok: false; kind: SandboxFailureKind; message: string; logs?: LogLine[] } | undefined,
  startedAtMs: number,
): AttemptOutcome {
  if (!outcome) return failAttempt('sandbox_runner_lost', 'the sandbox gave no result', startedAtMs);
  const logs = outcome.logs && outcome.logs.length > 0 ? JSON.stringify({ logs: outcome.logs }) : null;
  return failAttempt(`sandbox_${outcome.kind}`, outcome.message, startedAtMs, logs);
}
