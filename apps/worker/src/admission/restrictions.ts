import type { WaitReason } from '@eventhooks/contract';
import type { Database, StoredHook } from '@eventhooks/database';
import type { Breakers } from './breakers.ts';
import { type Candidate, holdBack } from './candidate.ts';
import type { DeliverySource } from './grant.ts';
import { reserve } from './rates.ts';

export interface RestrictionParts {
  database: Database;
  breakers: Pick<Breakers, 'isOpen' | 'beginProbe'>;
  leaseMs(hook: StoredHook): number;
  /** How many attempts of the hook could begin within about `withinMs`. */
  room(hook: StoredHook, withinMs: number): number;
  now(): number;
}

/** Holds back deliveries of the candidates for its reason. */
export type Restriction = (
  candidates: readonly Candidate[],
  source: DeliverySource,
  parts: RestrictionParts,
) => Promise<void> | undefined;

/** The backlog gets as many deliveries as will find a permit this soon. */
const claimAheadMs = 100;
/** Deliveries of one probe. With a single one, a short backlog whose retries are due would wait for as many probes. */
const probeSize = 10;

/**
 * Everything that holds deliveries back, by its reason. The restrictions are asked in this order, and each only about what
 * the ones before it left. A new reason does not compile until it has its place here.
 */
export const restrictions = {
  hook_disabled(candidates) {
    for (const candidate of candidates) if (!candidate.hook?.enabled) holdBack(candidate, 'hook_disabled', 0);
    return undefined;
  },
  paused(candidates, source) {
    for (const candidate of candidates) {
      const { hook } = candidate;
      // After a pause new events wait behind those that came before them.
      if (hook?.paused || (hook?.draining && source === 'event')) holdBack(candidate, 'paused', 0);
    }
    return undefined;
  },
  breaker_open(candidates, source, parts) {
    const held = candidates.filter(({ hookId, left }) => left > 0 && parts.breakers.isOpen(hookId));
    // A probe is made of deliveries that have been due for longest, so first attempts are never part of one.
    if (source === 'backlog' && held.length > 0) return askForProbes(held, parts);
    for (const candidate of held) holdBack(candidate, 'breaker_open', 0);
    return undefined;
  },
  no_slot(candidates, source, { room }) {
    // First attempts wait a moment for a permit, so this is decided when they take one.
    if (source === 'event') return undefined;
    for (const candidate of candidates) {
      if (!candidate.hook || candidate.probe || candidate.left === 0) continue;
      holdBack(candidate, 'no_slot', room(candidate.hook, claimAheadMs));
    }
    return undefined;
  },
  rate_limited(candidates, source, { database, now }) {
    const limited = candidates.filter(({ hook, left, probe }) => left > 0 && !probe && isLimited(hook));
    return limited.length > 0 ? reserve(limited, source, database, now) : undefined;
  },
} satisfies Record<WaitReason, Restriction>;

async function askForProbes(candidates: readonly Candidate[], { breakers, leaseMs }: RestrictionParts): Promise<void> {
  for (const candidate of candidates) {
    if (!candidate.hook) continue;
    candidate.probe = await breakers.beginProbe(candidate.hookId, leaseMs(candidate.hook));
    if (candidate.probe) candidate.left = probeSize;
    else holdBack(candidate, 'breaker_open', 0);
  }
}

function isLimited(hook: StoredHook | undefined): boolean {
  return hook !== undefined && hook.rate_limit !== null;
}
