import {
  beginProbe,
  type ChangeListener,
  closeBreaker,
  type Database,
  endProbe,
  followChanges,
  listOpenBreakers,
  openBreaker,
  type StoredHook,
} from '@eventhooks/database';
import type { Logger } from '@eventhooks/operations';
import { scheduleOf } from '../delivery/make-record.ts';
import { type AttemptOutcome, endpointStateOf } from '../delivery/outcome.ts';
import type { PublishOwnEvent } from '../hooks/publish-own-event.ts';
import type { Endpoints } from './endpoints.ts';
import { chooseProbeDelayMs } from './probe-delay.ts';

/** The ticket of the one worker that may probe a hook whose breaker is open. */
export interface BreakerProbe {
  /** Probes that failed before. */
  failedBefore: number;
}

/** The circuit breakers of all hooks. They are rows of PostgreSQL, and each worker keeps in memory which are not closed. */
export interface Breakers {
  /** Open or half-open: nothing but a probe may be attempted. */
  isOpen(hookId: string): boolean;
  openCount(): number;
  /** The ticket for the probe that is due, or null when none is due or another worker has it. */
  beginProbe(hookId: string, leaseMs: number): Promise<BreakerProbe | null>;
  /** Ends a probe that found nothing to send. */
  dropProbe(hookId: string): Promise<void>;
  /** Moves the breaker by the end of an attempt. */
  observe(hook: StoredHook, probe: BreakerProbe | null, outcome: AttemptOutcome): void;
  close(): void;
}

export interface BreakerOptions {
  database: Database;
  listener: ChangeListener;
  endpoints: Endpoints;
  publishOwnEvent: PublishOwnEvent;
  logger: Logger;
  retryScheduleMs: readonly number[];
  now: () => number;
}

/** The notification of a breaker may be lost with its connection, so all are read again this often. */
const reloadEveryMs = 5_000;
/** The wait after a probe that said nothing about the endpoint. */
const nextProbeMs = 1_000;

/** @returns once the open breakers are loaded. */
export async function createBreakers(options: BreakerOptions): Promise<Breakers> {
  const { database, endpoints, publishOwnEvent, logger, now } = options;
  const { pool } = database;
  const warn = (error: Error): void => logger.warn({ error: error.message }, 'breakers.failed');
  const followed = await followOpenBreakers(options, warn);
  const { open } = followed;
  const probeDelayMs = (hook: StoredHook, failedProbes: number, outcome: AttemptOutcome): number =>
    chooseProbeDelayMs(scheduleOf(hook, options.retryScheduleMs), failedProbes, outcome);

  const trip = async (hook: StoredHook, outcome: AttemptOutcome): Promise<void> => {
    open.add(hook.id);
    const opened = await openBreaker(pool, hook.id, probeDelayMs(hook, 0, outcome));
    if (opened) logger.warn({ hook_id: hook.id }, 'breaker.opened');
    else await followed.refresh();
  };
  const recoverAfterProbe = async (hook: StoredHook): Promise<void> => {
    const openedAt = await closeBreaker(pool, hook.id);
    if (open.delete(hook.id)) recover(hook.id, endpoints);
    if (openedAt === null) return;
    logger.info({ hook_id: hook.id, opened_at: openedAt }, 'breaker.closed');
    await publishOwnEvent(hook, 'hook-recovered', { failing_since: openedAt });
  };
  const concludeProbe = async (hook: StoredHook, { failedBefore }: BreakerProbe, outcome: AttemptOutcome) => {
    const state = endpointStateOf(outcome);
    if (state === 'up') return recoverAfterProbe(hook);
    // Attempts of one probe that fail together count once.
    const failedProbes = state === 'down' ? failedBefore + 1 : failedBefore;
    const probeInMs = state === 'down' ? probeDelayMs(hook, failedProbes, outcome) : nextProbeMs;
    await endProbe(pool, hook.id, { failedProbes, probeInMs });
  };

  return {
    isOpen: (hookId) => open.has(hookId),
    openCount: () => open.size,
    async beginProbe(hookId, leaseMs) {
      const failedBefore = await beginProbe(pool, hookId, leaseMs);
      return failedBefore === null ? null : { failedBefore };
    },
    dropProbe: (hookId) => endProbe(pool, hookId, { failedProbes: 0, probeInMs: 0 }),
    observe(hook, probe, outcome) {
      if (probe) {
        concludeProbe(hook, probe, outcome).catch(warn);
        return;
      }
      const state = endpointStateOf(outcome);
      // An attempt that began before the breaker opened does not show that the endpoint is back.
      if (state === 'unknown' || open.has(hook.id)) return;
      const { results } = endpoints.of(hook);
      results.note(state === 'up', now());
      if (state === 'down' && results.isFailing()) trip(hook, outcome).catch(warn);
    },
    close: followed.close,
  };
}

/** Keeps the set of open breakers as PostgreSQL has it. */
async function followOpenBreakers({ database, listener, endpoints }: BreakerOptions, onError: (error: Error) => void) {
  const open = new Set<string>();
  const load = async (): Promise<void> => {
    const stored = new Set(await listOpenBreakers(database.pool));
    for (const hookId of open) {
      if (stored.has(hookId)) continue;
      open.delete(hookId);
      recover(hookId, endpoints);
    }
    for (const hookId of stored) open.add(hookId);
  };
  const follower = await followChanges({ listener, kinds: ['breaker'], load, onError, reloadEveryMs });
  return { open, refresh: follower.refresh, close: follower.close };
}

function recover(hookId: string, endpoints: Endpoints): void {
  const endpoint = endpoints.find(hookId);
  endpoint?.results.clear();
  endpoint?.permits.startSlowly();
}
