import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, returnReservations, type StoredHook } from '@eventhooks/database';
import { type AttemptOutcome, endpointStateOf } from '../delivery/outcome.ts';
import type { Breakers } from './breakers.ts';
import type { Candidate } from './candidate.ts';
import type { Clock } from './clock.ts';
import type { Endpoints } from './endpoints.ts';
import {
  type AdmissionRequest,
  type Admitted,
  type DeliverySource,
  type Grant,
  type Permit,
  startAt,
} from './grant.ts';
import { createOverdueWatch } from './overdue-watch.ts';
import type { PermitPool } from './permits.ts';
import { type Restriction, type RestrictionParts, restrictions } from './restrictions.ts';

/** Decides how many deliveries of a hook may be attempted now, and when. First attempts and the backlog both ask it. */
export interface Admission {
  /** Answers the requests, in their order. Each hook may stand in one of them. */
  admit(requests: readonly AdmissionRequest[], source: DeliverySource): Promise<Admitted[]>;
  /**
   * Takes a permit for the grant's next attempt, once the attempt may start: within a moment, or not at all. The hook's
   * breaker may have opened, or the hook been paused, since the grant was given; a permit that came all the same is then freed
   * unused.
   *
   * @param onOverdue is told of the hook while its attempt still runs, once that takes much longer than others did.
   */
  takePermit(grant: Grant, onOverdue: (hookId: string) => void): MaybePromise<Permit | Refusal>;
  /** Ends an attempt: frees its permit, and moves the hook's breaker and what is known of its endpoint. */
  endAttempt(permit: Permit, outcome: AttemptOutcome): void;
  /** Returns what a grant reserved and nothing was due for. */
  returnUnused(grant: Grant, unused: number): Promise<void>;
  /** How long a delivery of the hook may be in flight before others take it over. */
  leaseMs(hook: StoredHook): number;
  /** How many deliveries of one lane may be claimed together: those that take a moment one after the other. */
  stretchOf(grant: Grant): number;
  /** Whether an attempt that begins now ends within the grant's lease. */
  isInTime(grant: Grant): boolean;
  /** Whether a batch may wait for the ends of the grant's attempts, because they start and end soon. */
  isPrompt(grant: Grant): boolean;
}

/** A value, or a promise of it. Most permits are free at once, and need none. */
type MaybePromise<Value> = Value | Promise<Value>;

export interface Refusal {
  readonly ok: false;
  readonly reason: 'breaker_open' | 'no_slot' | 'paused';
}

export interface AdmissionOptions {
  database: Database;
  breakers: Breakers;
  endpoints: Endpoints;
  /** Whether a hook is paused now, as far as this worker knows. */
  isPaused(hookId: string): boolean;
  /** The timeout of a hook that does not set its own. */
  defaultTimeoutMs: number;
  clock: Clock;
}

/**
 * How long an attempt waits for a permit of its hook before its delivery goes to the backlog: less than its caller waits for its end. A
 * delivery that goes there costs twice as much.
 */
const permitWaitMs = 900;
/** A batch waits for paced attempts that start within this time. */
const promptMs = 250;
/** Attempts in flight at once in one worker, of all hooks … */
const mostInFlight = 2_000;
/** … and those of slow hooks, so that many of these together leave room for the others. */
const mostSlowInFlight = 1_000;
/** Beyond an attempt's own deadline: waiting for a permit, running in the sandbox, recording. */
const leaseMarginMs = 30_000;

/** Deliveries of one lane that are claimed together take about this long: 20 to an endpoint that answers at once, one to a slow one. */
const stretchMs = 1_000;

const noSlot: Refusal = { ok: false, reason: 'no_slot' };
const breakerOpen: Refusal = { ok: false, reason: 'breaker_open' };
const paused: Refusal = { ok: false, reason: 'paused' };

export function createAdmission(options: AdmissionOptions): Admission {
  const { database, breakers, endpoints, clock } = options;
  const { now } = clock;
  let inFlight = 0;

  const leaseMs = (hook: StoredHook): number => (hook.timeout ?? options.defaultTimeoutMs) + leaseMarginMs;
  const roomOverall = ({ isSlow }: PermitPool): number => (isSlow() ? mostSlowInFlight : mostInFlight) - inFlight;
  const room = (hook: StoredHook, withinMs: number): number => {
    const { permits } = endpoints.of(hook);
    return Math.max(0, Math.min(permits.room(withinMs), roomOverall(permits)));
  };
  const parts: RestrictionParts = { database, breakers, leaseMs, room, now };
  const watch = createOverdueWatch(clock);

  const begin = (
    grant: Grant,
    pool: PermitPool,
    isTaken: boolean,
    onOverdue: (hookId: string) => void,
  ): Permit | Refusal => {
    const refusal = findRefusal(grant, options);
    if (refusal) {
      if (isTaken) pool.free();
      return refusal;
    }
    if (!isTaken) return noSlot;
    inFlight += 1;
    const permit: Permit = { ok: true, grant, pool, startedAt: now(), stalledBeforeMs: watch.stalledMs(), onOverdue };
    watch.begin(permit);
    return permit;
  };
  const take = (grant: Grant, onOverdue: (hookId: string) => void): MaybePromise<Permit | Refusal> => {
    const pool = endpoints.of(grant.hook).permits;
    const taking = roomOverall(pool) > 0 && pool.take(permitWaitMs);
    if (typeof taking === 'boolean') return begin(grant, pool, taking, onOverdue);
    return taking.then((isTaken) => begin(grant, pool, isTaken, onOverdue));
  };

  return {
    async admit(requests, source) {
      const candidates = requests.map(({ hookId, hook, wanted }): Candidate => {
        return { hookId, hook, left: wanted, waits: [], pace: null, probe: null };
      });
      for (const restrict of Object.values<Restriction>(restrictions)) {
        const asked = restrict(candidates, source, parts);
        if (asked) await asked;
      }
      return candidates.map((candidate) => answer(candidate, leaseMs, now()));
    },
    takePermit(grant, onOverdue) {
      const place = grant.begun;
      grant.begun += 1;
      if (!grant.pace) return take(grant, onOverdue);
      return sleep(Math.max(0, startAt(grant.pace, place) - now())).then(() => take(grant, onOverdue));
    },
    endAttempt(permit, outcome) {
      const { grant, pool } = permit;
      watch.end(permit);
      inFlight -= 1;
      pool.noteEnd(watch.elapsedMs(permit), endpointStateOf(outcome) === 'up');
      pool.free();
      breakers.observe(grant.hook, grant.probe, outcome);
    },
    async returnUnused({ hook, size, pace, probe }, unused) {
      if (unused === 0) return;
      if (probe && unused === size) await breakers.dropProbe(hook.id);
      if (pace) await returnReservations(database.pool, hook.id, unused, pace.perSecond);
    },
    leaseMs,
    stretchOf: ({ hook }) => chooseStretch(hook, endpoints.of(hook).permits),
    isInTime: ({ grantedAt }) => now() - grantedAt < leaseMarginMs / 2,
    isPrompt: ({ hook, pace, size }) =>
      !endpoints.of(hook).permits.isSlow() && (pace === null || startAt(pace, size - 1) - now() <= promptMs),
  };
}

/** Why an attempt of the grant may no longer begin, or null. */
function findRefusal({ hook, probe }: Grant, { breakers, isPaused }: AdmissionOptions): Refusal | null {
  if (isPaused(hook.id)) return paused;
  return !probe && breakers.isOpen(hook.id) ? breakerOpen : null;
}

function answer(
  { hookId, hook, left, waits, pace, probe }: Candidate,
  leaseMs: (hook: StoredHook) => number,
  grantedAt: number,
): Admitted {
  if (!hook || left === 0) return { hookId, grant: null, waits };
  return { hookId, grant: { hook, size: left, leaseMs: leaseMs(hook), pace, probe, grantedAt, begun: 0 }, waits };
}

function chooseStretch({ handler }: StoredHook, permits: PermitPool): number {
  // A lambda runs when it is prepared, and all of a group are prepared together.
  if (handler === 'lambda') return 1;
  return Math.max(1, Math.floor(stretchMs / permits.patienceMs()));
}
