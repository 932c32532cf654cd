import type { WaitReason } from '@eventhooks/contract';
import type { StoredHook } from '@eventhooks/database';
import type { BreakerProbe } from './breakers.ts';
import type { Pace, Wait } from './grant.ts';

/** A request while it is decided. Each restriction may hold back a part of what is left of it. */
export interface Candidate {
  readonly hookId: string;
  readonly hook: StoredHook | undefined;
  /** How many deliveries may still go. */
  left: number;
  readonly waits: Wait[];
  pace: Pace | null;
  probe: BreakerProbe | null;
}

/** Leaves `left` of the candidate's deliveries. The others wait: the first for `firstInMs`, each other one `everyMs` longer. */
export function holdBack(candidate: Candidate, reason: WaitReason, left: number, firstInMs = 0, everyMs = 0): void {
  if (candidate.left <= left) return;
  // Deliveries are held back from the end, so later waits are nearer to the front.
  candidate.waits.unshift({ reason, count: candidate.left - left, firstInMs, everyMs });
  candidate.left = left;
}
