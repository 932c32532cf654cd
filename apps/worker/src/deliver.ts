import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BacklogClaim,
  type ClaimedDeliveries,
  cancelDueDeliveries,
  claimDueDeliveries,
  type Database,
  returnReservations,
  type StoredHook,
  type WaitingDelivery,
} from '@eventhooks/database';
import type { DeliveryJob } from '@eventhooks/queue';
import type { Attempter } from './attempt-firings.ts';
import type { Breakers } from './breakers.ts';
import type { Firing } from './firing.ts';
import type { HookIndex } from './hook-index.ts';
import { reserveForLines } from './limit-rates.ts';
import type { Recorder } from './recorder.ts';

/** How long a worker stays with a line, so that other hooks have their turn; what is still due is offered again. */
const turnMs = 1_000;
/** How often a job claims, as its hooks' slots come free … */
const claimEveryMs = 25;
/** … and for those that will be free this soon. */
const claimAheadMs = 100;
/** Deliveries of one hook that are claimed together … */
const hookPage = 200;
/** … and of all of a job's hooks under way at once: each brings its event's data into memory. */
const jobPage = 400;
/** Deliveries that probe a hook at once: with one, a short line whose retries are due would wait for as many probes. */
const probeSize = 10;

export interface DeliverTools {
  database: Database;
  hooks: HookIndex;
  attempter: Attempter;
  breakers: Breakers;
  recorder: Recorder;
  turns: Turns;
}

/** The lines that this worker serves now, by hook, and until when, by `performance.now()`. */
export type Turns = Map<string, number>;

/** What a hook may be given now. */
interface Allowance extends BacklogClaim {
  probe?: { failedBefore: number };
  /** Of a hook with a rate limit: when the first may go, by `performance.now()`, and how many a second. */
  pace?: { firstAt: number; perSecond: number };
}

/**
 * Serves hooks that have due deliveries, each as many as it has slots for, oldest first; a few, where the breaker is
 * open and its probe is due. Attempts are made by the same code as first attempts. Claims anew while what it claimed is
 * attempted and recorded, so that slots do not stay empty meanwhile.
 */
export async function deliverDue({ hookIds }: DeliveryJob, tools: DeliverTools): Promise<void> {
  const rounds = createRounds(tools);
  let lines = beginTurns(hookIds, tools.turns);
  try {
    while (lines.length > 0 && rounds.errors.length === 0) {
      const round = await claimRound(lines, rounds.room(), tools);
      rounds.attempt(round);
      // Without an attempt under way nothing here will make room: it is others that have the slots.
      if (rounds.running.size === 0 && round.allowances.length === 0) break;
      lines = goOn(lines, round.lines, tools.turns);
      if (lines.length > 0) await Promise.race([...rounds.running, sleep(claimEveryMs)]);
    }
  } finally {
    goOn(lines, [], tools.turns);
    await Promise.all(rounds.running);
  }
  if (rounds.errors[0]) throw rounds.errors[0];
}

/**
 * Begins the turns of lines, and makes those longer that this worker serves already: a second job would find their slots in use. A
 * worker whose jobs are all busy takes none, so a turn gets longer only while no job waits.
 *
 * @returns the lines that nobody served.
 */
function beginTurns(hookIds: readonly string[], turns: Turns): string[] {
  const own = hookIds.filter((hookId) => !turns.has(hookId));
  for (const hookId of hookIds) turns.set(hookId, performance.now() + turnMs);
  return own;
}

/** Those of `lines` that have more to deliver and are not at their turn's end; the turns of the others are over. */
function goOn(lines: readonly string[], more: readonly string[], turns: Turns): string[] {
  const now = performance.now();
  const left = new Set(more.filter((hookId) => (turns.get(hookId) ?? 0) > now));
  for (const hookId of lines) if (!left.has(hookId)) turns.delete(hookId);
  return [...left];
}

/** What a job has claimed and is attempting, several rounds at once. */
interface Rounds {
  readonly running: ReadonlySet<Promise<void>>;
  readonly errors: readonly Error[];
  /** How many deliveries the job may hold beside those it does. */
  room(): number;
  attempt(round: Round): void;
}

function createRounds(tools: DeliverTools): Rounds {
  const running = new Set<Promise<void>>();
  const errors: Error[] = [];
  let room = jobPage;
  return {
    running,
    errors,
    room: () => room,
    attempt({ allowances, deliveries }) {
      if (deliveries.length === 0) return;
      room -= deliveries.length;
      const work = attemptClaimed(allowances, deliveries, tools)
        .catch((error: Error) => void errors.push(error))
        .finally(() => {
          room += deliveries.length;
          running.delete(work);
        });
      running.add(work);
    },
  };
}

interface Round {
  allowances: Allowance[];
  deliveries: readonly WaitingDelivery[];
  /** Hooks that may have more to deliver in this turn. */
  lines: string[];
}

async function claimRound(hookIds: readonly string[], room: number, tools: DeliverTools): Promise<Round> {
  const { allowances, saturated } = await allow(hookIds, room, tools);
  if (allowances.length === 0) return { allowances, deliveries: [], lines: saturated };
  const claimed = await claimDueDeliveries(tools.database.pool, allowances);
  // Else it might attempt by a hook as it was before a change that the admin has answered already.
  if (claimed) await tools.hooks.catchUp(claimed.configurationVersion);
  const counts = countByHook(claimed);
  await returnUnused(allowances, counts, tools);
  const long = allowances.filter(({ hookId, most, probe }) => !probe && counts.get(hookId) === most);
  return {
    allowances,
    deliveries: claimed?.deliveries ?? [],
    lines: [...saturated, ...long.map(({ hookId }) => hookId)],
  };
}

/** What each hook may be given now, `room` in all, and those that have to wait for a slot. */
async function allow(
  hookIds: readonly string[],
  room: number,
  tools: DeliverTools,
): Promise<{ allowances: Allowance[]; saturated: string[] }> {
  const allowances: Allowance[] = [];
  const saturated: string[] = [];
  let left = room;
  for (const hookId of hookIds) {
    const hook = tools.hooks.find(hookId);
    if (!hook?.enabled) {
      await cancelDueDeliveries(tools.database.pool, hookId, hookPage);
      continue;
    }
    const leaseMs = tools.attempter.leaseMs(hook);
    if (tools.breakers.isOpen(hookId)) {
      const failedBefore = await tools.breakers.beginProbe(hookId, leaseMs);
      if (failedBefore !== null) allowances.push({ hookId, most: probeSize, leaseMs, probe: { failedBefore } });
      continue;
    }
    const most = Math.min(left, hookPage, tools.attempter.room(hook, claimAheadMs));
    left -= most;
    if (most > 0) allowances.push({ hookId, most, leaseMs });
    else saturated.push(hookId);
  }
  return { allowances: await pace(allowances, tools), saturated };
}

/** Reserves slots for those with a rate limit: one call. Who gets none has no turn now. */
async function pace(allowances: readonly Allowance[], { hooks, database }: DeliverTools): Promise<Allowance[]> {
  const requests = allowances.flatMap(({ hookId, most, probe }) => {
    const perSecond = hooks.find(hookId)?.rate_limit ?? null;
    return perSecond === null || probe ? [] : [{ hookId, wanted: most, perSecond }];
  });
  if (requests.length === 0) return [...allowances];
  const grants = await reserveForLines(requests, database);
  const reservedAt = performance.now();
  const rates = new Map(requests.map(({ hookId, perSecond }) => [hookId, perSecond]));
  return allowances.flatMap((allowance) => {
    const perSecond = rates.get(allowance.hookId);
    if (perSecond === undefined) return [allowance];
    const { granted = 0, firstInMs = 0 } = grants.get(allowance.hookId) ?? {};
    return granted > 0 ? [{ ...allowance, most: granted, pace: { firstAt: reservedAt + firstInMs, perSecond } }] : [];
  });
}

function countByHook(claimed: ClaimedDeliveries | null): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { hook_id } of claimed?.deliveries ?? []) counts.set(hook_id, (counts.get(hook_id) ?? 0) + 1);
  return counts;
}

/** Gives back probes and slots for which nothing was due any more. */
async function returnUnused(
  allowances: readonly Allowance[],
  counts: ReadonlyMap<string, number>,
  { breakers, database }: DeliverTools,
): Promise<void> {
  for (const { hookId, most, probe, pace } of allowances) {
    const unused = most - (counts.get(hookId) ?? 0);
    if (unused === 0) continue;
    if (probe && unused === most) await breakers.dropProbe(hookId);
    if (pace) await returnReservations(database.pool, hookId, unused, pace.perSecond);
  }
}

async function attemptClaimed(
  allowances: readonly Allowance[],
  waiting: readonly WaitingDelivery[],
  { hooks, attempter, recorder }: DeliverTools,
): Promise<void> {
  const allowanceOf = new Map(allowances.map((allowance) => [allowance.hookId, { ...allowance, begun: 0 }]));
  const firings = waiting.flatMap((delivery) => {
    const hook = hooks.find(delivery.hook_id);
    const allowance = allowanceOf.get(delivery.hook_id);
    // Of a hook that was disabled or deleted just now, it is due again after its lease, and then cancelled.
    if (!hook?.enabled || !allowance) return [];
    const { probe, pace, begun } = allowance;
    allowance.begun += 1;
    const startAt = pace && pace.firstAt + (begun * 1_000) / pace.perSecond;
    return [{ ...firingOf(delivery, hook), ...(probe && { probe }), ...(startAt !== undefined && { startAt }) }];
  });
  const records = await attempter.attemptFirings(firings);
  // What is still in flight holds the lease it was claimed under, and records its own end.
  const ended = records.filter(({ reason }) => reason !== 'in_flight');
  if (ended.length > 0) await recorder.record(ended);
}

function firingOf(delivery: WaitingDelivery, hook: StoredHook): Firing {
  return {
    deliveryId: delivery.id,
    eventId: delivery.event_id,
    workspace: delivery.workspace,
    data: delivery.data,
    traceparent: delivery.traceparent,
    hook,
    name: { source: delivery.source, event: delivery.event },
    attemptCount: delivery.attempt_count,
    scheduleStep: delivery.schedule_step,
    suppressedSince: delivery.suppressed_count,
  };
}
