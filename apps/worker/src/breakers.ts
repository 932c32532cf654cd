import {
  beginProbe,
  type ChangeListener,
  closeBreaker,
  type Database,
  endProbe,
  listOpenBreakers,
  openBreaker,
  type StoredHook,
} from '@eventhooks/database';
import { failureKinds } from '@eventhooks/delivery';
import type { Logger } from '@eventhooks/operations';
import type { AttemptOutcome, Firing } from './firing.ts';
import type { HookLanes } from './hook-lanes.ts';
import type { PublishOwnEvent } from './publish-own-event.ts';
import { scheduleOf } from './records.ts';

/** The circuit breakers of all hooks: in PostgreSQL, and in each worker's memory as far as they are not closed. */
export interface Breakers {
  /** Open or half-open: nothing but a probe may be attempted. */
  isOpen(hookId: string): boolean;
  openCount(): number;
  /** How many probes of the hook failed before, when the caller may now make the next one; else null. */
  beginProbe(hookId: string, leaseMs: number): Promise<number | null>;
  /** Ends a probe that found nothing to send. */
  dropProbe(hookId: string): Promise<void>;
  /** Draws the consequences of an attempt's end. */
  observe(firing: Firing, outcome: AttemptOutcome): void;
  close(): void;
}

export interface BreakerOptions {
  database: Database;
  listener: ChangeListener;
  lanes: HookLanes;
  publishOwnEvent: PublishOwnEvent;
  logger: Logger;
  retryScheduleMs: readonly number[];
}

/** Changes that arrive together are read together. */
const gatherMs = 50;
/** Notifications may be lost with their connection; so everything is read again that often. */
const reloadEveryMs = 5_000;
const firstProbeMs = 1_000;
const longestProbeMs = 60_000;
/** The longest that a receiver's `Retry-After` puts off a probe. */
const longestWishMs = 3_600_000;
/** Before the next probe, when one said nothing about the endpoint. */
const nextProbeMs = 1_000;

/** @returns once the open breakers are loaded. */
export async function createBreakers(options: BreakerOptions): Promise<Breakers> {
  const { database, listener, lanes, publishOwnEvent, logger } = options;
  const { pool } = database;
  const probeDelayMs = (hook: StoredHook, failedProbes: number, outcome: AttemptOutcome): number =>
    chooseProbeDelayMs(scheduleOf(hook, options.retryScheduleMs), failedProbes, outcome);
  const warn = (error: Error): void => logger.warn({ error: error.message }, 'breakers.failed');
  let open = new Set<string>();
  let loading = Promise.resolve();
  let gathering: NodeJS.Timeout | undefined;

  const load = async (): Promise<void> => {
    const before = open;
    open = new Set(await listOpenBreakers(pool));
    for (const hookId of before) if (!open.has(hookId)) recover(hookId, lanes);
  };
  /** One after another, so that the last change is always read. */
  const reload = (): void => {
    loading = loading.then(load).catch(warn);
  };
  const reloadSoon = (): void => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      reload();
    }, gatherMs);
  };
  const unsubscribe = listener.subscribe(({ kind }) => {
    if (kind === 'breaker' || kind === 'missed') reloadSoon();
  });

  const trip = async (hook: StoredHook, outcome: AttemptOutcome): Promise<void> => {
    open.add(hook.id);
    const opened = await openBreaker(pool, hook.id, probeDelayMs(hook, 0, outcome));
    if (opened) logger.warn({ hook_id: hook.id }, 'breaker.opened');
    else reloadSoon();
  };
  const recoverAfterProbe = async (hook: StoredHook): Promise<void> => {
    const openedAt = await closeBreaker(pool, hook.id);
    if (open.delete(hook.id)) recover(hook.id, lanes);
    if (openedAt === null) return;
    logger.info({ hook_id: hook.id, opened_at: openedAt }, 'breaker.closed');
    await publishOwnEvent(hook, 'hook-recovered', { failing_since: openedAt });
  };
  const settleProbe = async ({ hook }: Firing, failedBefore: number, outcome: AttemptOutcome): Promise<void> => {
    const verdict = judge(outcome);
    if (verdict === 'up') return recoverAfterProbe(hook);
    // Those of one probe that fail together count once.
    const failedProbes = verdict === 'down' ? failedBefore + 1 : failedBefore;
    const probeInMs = verdict === 'down' ? probeDelayMs(hook, failedProbes, outcome) : nextProbeMs;
    await endProbe(pool, hook.id, { failedProbes, probeInMs });
  };

  await load();
  const regularly = setInterval(reload, reloadEveryMs);
  return {
    isOpen: (hookId) => open.has(hookId),
    openCount: () => open.size,
    beginProbe: (hookId, leaseMs) => beginProbe(pool, hookId, leaseMs),
    dropProbe: (hookId) => endProbe(pool, hookId, { failedProbes: 0, probeInMs: 0 }),
    observe(firing, outcome) {
      const { hook, probe } = firing;
      if (probe) {
        settleProbe(firing, probe.failedBefore, outcome).catch(warn);
        return;
      }
      const verdict = judge(outcome);
      // What was under way when the breaker opened says nothing about its being back.
      if (verdict === 'unknown' || open.has(hook.id)) return;
      const { results } = lanes.of(hook);
      results.note(verdict === 'up');
      if (verdict === 'down' && results.isFailing()) trip(hook, outcome).catch(warn);
    },
    close() {
      unsubscribe();
      clearInterval(regularly);
      clearTimeout(gathering);
    },
  };
}

/** What an attempt's end says about its endpoint. */
export function judge(outcome: AttemptOutcome): 'up' | 'down' | 'unknown' {
  if (outcome.ok) return 'up';
  if (failureKinds[outcome.kind].breaker) return 'down';
  // It refused the request, so it is there.
  return outcome.responseStatus === null ? 'unknown' : 'up';
}

/**
 * Doubles with each failed probe, jittered by ±20 %; no longer than the longest wait of the retry schedule, since who wants quick
 * retries wants to be found soon; and no shorter than the receiver asked for.
 */
function chooseProbeDelayMs(scheduleMs: readonly number[], failedProbes: number, outcome: AttemptOutcome): number {
  const longestMs = Math.min(longestProbeMs, Math.max(firstProbeMs, ...scheduleMs));
  const delayMs = Math.min(longestMs, firstProbeMs * 2 ** Math.min(failedProbes, 10));
  const wishMs = outcome.ok ? 0 : Math.min(outcome.retryAfterMs ?? 0, longestWishMs);
  return Math.max(delayMs * (0.8 + 0.4 * Math.random()), wishMs);
}

function recover(hookId: string, lanes: HookLanes): void {
  const lane = lanes.find(hookId);
  lane?.results.clear();
  lane?.gate.startSlowly();
}
