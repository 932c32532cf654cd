import type { FiringDecision, FiringRequest } from './suppression.ts';

/** The form in which both stores keep a decision: `f<suppressed since>`, `s<end of the snooze, epoch ms>` or `c` for on_change. */
export type StoredDecision = string;

/** Decides requests of hooks that have a snooze or on_change in one atomic step of the store. No pair occurs twice. */
export type DecideStep = (batchId: string, requests: readonly FiringRequest[]) => Promise<StoredDecision[]>;

/** Bounds how long one step blocks the store for others. */
const maxRequestsPerStep = 2_000;

/** The part of `Suppression.decide` that both stores share: hooks without state always fire, a repeated pair is decided once. */
export async function decideInSteps(
  decideStep: DecideStep,
  batchId: string,
  requests: readonly FiringRequest[],
): Promise<FiringDecision[]> {
  const pending = new Map<string, FiringRequest>();
  for (const request of requests) {
    const pair = pairOf(request);
    if (hasState(request) && !pending.has(pair)) pending.set(pair, request);
  }
  const decisions = new Map<string, FiringDecision>();
  const pairs = [...pending];
  for (let start = 0; start < pairs.length; start += maxRequestsPerStep) {
    const step = pairs.slice(start, start + maxRequestsPerStep);
    const stored = await decideStep(
      batchId,
      step.map(([, request]) => request),
    );
    for (const [index, [pair]] of step.entries()) decisions.set(pair, readDecision(stored[index]));
  }
  return requests.map((request) => decisions.get(pairOf(request)) ?? { fires: true, suppressedSince: 0 });
}

/** The snooze in milliseconds, or null without one. */
export function snoozeMsOf({ snoozeSeconds }: FiringRequest): number | null {
  return snoozeSeconds === null || snoozeSeconds <= 0 ? null : snoozeSeconds * 1_000;
}

/** The name of a decision within its batch. Neither part contains a space. */
export function pairOf({ hookKey, eventId }: FiringRequest): string {
  return `${hookKey} ${eventId}`;
}

function hasState(request: FiringRequest): boolean {
  return request.onChange || snoozeMsOf(request) !== null;
}

function readDecision(stored: StoredDecision | undefined): FiringDecision {
  const number = Number(stored?.slice(1));
  if (stored?.startsWith('f')) return { fires: true, suppressedSince: number };
  if (stored?.startsWith('s')) return { fires: false, reason: 'snooze', until: new Date(number) };
  if (stored === 'c') return { fires: false, reason: 'on_change', until: null };
  throw new Error(`Not a firing decision: ${stored}`);
}
