import type { FiringDecision, FiringRequest } from '../src/index.ts';

/** A literal implementation of the contract's table, for one caller and one clock. */
export class SuppressionModel {
  readonly #hooks = new Map<string, HookState>();
  readonly #batches = new Map<string, Map<string, FiringDecision>>();

  decide(batchId: string, requests: readonly FiringRequest[], nowMs: number): FiringDecision[] {
    const batch = this.#batches.get(batchId) ?? new Map<string, FiringDecision>();
    this.#batches.set(batchId, batch);
    return requests.map((request) => {
      const pair = `${request.hookKey} ${request.eventId}`;
      const decision = batch.get(pair) ?? this.#decide(request, nowMs);
      batch.set(pair, decision);
      return decision;
    });
  }

  release(batchId: string): void {
    this.#batches.delete(batchId);
  }

  #decide(request: FiringRequest, nowMs: number): FiringDecision {
    const hook = this.#hooks.get(request.hookKey) ?? { firings: [], suppressed: 0 };
    this.#hooks.set(request.hookKey, hook);
    const held = findReason(request, hook, nowMs);
    if (held !== null) {
      hook.suppressed += 1;
      return { fires: false, ...held };
    }
    const suppressedSince = hook.suppressed;
    hook.suppressed = 0;
    hook.firings.push({ digest: request.digest, atMs: nowMs });
    return { fires: true, suppressedSince };
  }
}

interface HookState {
  firings: { digest: string; atMs: number }[];
  suppressed: number;
}

function findReason(
  { digest, snoozeSeconds, onChange }: FiringRequest,
  { firings }: HookState,
  nowMs: number,
): { reason: 'snooze' | 'on_change'; until: Date | null } | null {
  if (!snoozeSeconds) {
    return onChange && firings.at(-1)?.digest === digest ? { reason: 'on_change', until: null } : null;
  }
  const last = firings.findLast((firing) => !onChange || firing.digest === digest);
  const until = last === undefined ? 0 : last.atMs + snoozeSeconds * 1_000;
  return until > nowMs ? { reason: 'snooze', until: new Date(until) } : null;
}
