import type { WaitReason } from '@eventhooks/contract';
import type { StoredHook } from '@eventhooks/database';
import type { BreakerProbe } from './breakers.ts';
import type { PermitPool } from './permits.ts';

/** Where the deliveries of a request come from: an event's first attempts, or the backlog. */
export type DeliverySource = 'event' | 'backlog';

/** Asks how many deliveries of one hook may be attempted now. */
export interface AdmissionRequest {
  hookId: string;
  /** Undefined when this worker knows no such hook. */
  hook: StoredHook | undefined;
  wanted: number;
}

/** The answer to one request. */
export interface Admitted {
  hookId: string;
  /** Null when none may be attempted now. */
  grant: Grant | null;
  /** Why the rest waits, in the order of the deliveries: the first one follows those that are granted. */
  waits: readonly Wait[];
}

/**
 * `count` deliveries wait. The first is expected to be let through after `firstInMs`, each other one `everyMs` later.
 */
export interface Wait {
  reason: WaitReason;
  count: number;
  firstInMs: number;
  everyMs: number;
}

/** Lets `size` deliveries of a hook be attempted. A permit is taken for each when its attempt begins. */
export interface Grant {
  readonly hook: StoredHook;
  readonly size: number;
  /** Within this time each attempt has ended and is recorded, or the worker is dead. */
  readonly leaseMs: number;
  /** The reservations of a hook with a rate limit: one attempt may start at each. */
  readonly pace: Pace | null;
  /** Attempts of a probe go out although the hook's breaker is open. */
  readonly probe: BreakerProbe | null;
  /** When it was given, by the clock of admission. */
  readonly grantedAt: number;
  /** How many of its attempts have begun. */
  begun: number;
}

export interface Pace {
  /** When the first attempt may start, by the clock of admission. */
  firstAt: number;
  perSecond: number;
}

/** The right to have one attempt in flight. It ends by `endAttempt`. */
export interface Permit {
  readonly ok: true;
  readonly grant: Grant;
  readonly pool: PermitPool;
  readonly startedAt: number;
  /** This process's total lateness before the attempt began, in ms. */
  readonly stalledBeforeMs: number;
  /** Called once the attempt is overdue. */
  readonly onOverdue: (hookId: string) => void;
}

/** No wait is predicted to be longer, in case a backlog is shorter than it looked. */
const longestWaitMs = 60_000;

/** The expected wait of the waiting delivery at `place`, from 0 on. */
export function waitMs({ firstInMs, everyMs }: Wait, place: number): number {
  return Math.min(firstInMs + place * everyMs, longestWaitMs);
}

/** When the grant's attempt at `place`, from 0 on, may start. */
export function startAt({ firstAt, perSecond }: Pace, place: number): number {
  return firstAt + (place * 1_000) / perSecond;
}
