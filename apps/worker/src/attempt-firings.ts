import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveryRecord, StoredHook } from '@eventhooks/database';
import { timeOfId } from '@eventhooks/database';
import type { Logger, Metrics, Tracing } from '@eventhooks/operations';
import { type Breakers, judge } from './breakers.ts';
import { type Attempt, type AttemptOutcome, type Firing, failAttempt } from './firing.ts';
import type { Gate, Slot } from './gate.ts';
import { type HandlerTools, handlers } from './handlers/index.ts';
import type { HookLanes } from './hook-lanes.ts';
import type { Recorder } from './recorder.ts';
import { recordAttempt, recordWaiting } from './records.ts';
import { traceAttempt } from './trace.ts';

/** How long a job waits for the attempts that it began. What runs longer goes on by itself. */
const budgetMs = 1_000;
/** How long a firing waits for one of its hook's slots before it is parked. */
const slotWaitMs = 250;
/** Attempts in flight at once in one worker, whatever their hooks … */
const maxInFlightOverall = 2_000;
/** … and of slow hooks, so that many of these together leave room for the others. */
const maxSlowInFlight = 1_000;
/** Beyond an attempt's own deadline: waiting for a slot, running in the sandbox, recording. */
const leaseMarginMs = 30_000;

export interface Attempter {
  /**
   * Attempts firings, each hook's within its slots, and gives a record for each: how the attempt ended; or that the
   * delivery waits, because its hook's breaker is open, or it has no slot, or because its attempt still runs when the budget
   * is used up. Such an attempt goes on and records its own end; should this worker die first, the record's lease runs out.
   */
  attemptFirings(firings: readonly Firing[]): Promise<DeliveryRecord[]>;
  /** How many attempts of the hook could begin within about `withinMs`. */
  room(hook: StoredHook, withinMs: number): number;
  /** By then an attempt of the hook has ended and is recorded, or this worker is dead. */
  leaseMs(hook: StoredHook): number;
  /** Resolves when no attempt is in flight any more. */
  settle(): Promise<void>;
  /** Records that what has not ended is due at once: another worker need not wait for the leases of one that stops. */
  handBack(): Promise<void>;
}

export interface AttempterOptions {
  tools: HandlerTools;
  recorder: Recorder;
  metrics: Metrics;
  logger: Logger;
  tracing: Tracing;
  retryScheduleMs: readonly number[];
  lanes: HookLanes;
  breakers: Pick<Breakers, 'isOpen'>;
  /** Told of each attempt's end and its record, wherever it ended. */
  onAttempted: (firing: Firing, outcome: AttemptOutcome, record: DeliveryRecord) => void;
}

export function createAttempter(options: AttempterOptions): Attempter {
  const { lanes, breakers } = options;
  const running = new Set<Promise<void>>();
  const unfinished = new Set<Firing>();
  let inFlight = 0;

  const leaseMs = (hook: StoredHook): number => (hook.timeout ?? options.tools.defaultTimeoutMs) + leaseMarginMs;
  const isHeld = ({ hook, probe }: Firing): boolean => probe === undefined && breakers.isOpen(hook.id);
  const roomFor = (gate: Gate): number => (gate.isSlow() ? maxSlowInFlight : maxInFlightOverall) - inFlight;

  const attemptOne = async (firing: Firing, attempt: Attempt, gate: Gate): Promise<DeliveryRecord> => {
    if (firing.startAt !== undefined) await sleep(Math.max(0, firing.startAt - performance.now()));
    const slot = roomFor(gate) > 0 ? await gate.acquire(slotWaitMs) : null;
    if (isHeld(firing)) {
      slot?.giveBack();
      return recordWaiting(firing, 'breaker_open', 0);
    }
    if (!slot) return recordWaiting(firing, 'no_slot', 0);
    inFlight += 1;
    const outcome = await timeAttempt(() => traceAttempt(firing, attempt, options.tracing), slot);
    inFlight -= 1;
    const record = recordAttempt(firing, outcome, options.retryScheduleMs);
    report(firing, outcome, record, options);
    options.onAttempted(firing, outcome, record);
    return record;
  };

  /** Calls `done` with each firing's place and record. */
  const attemptHook = async (hook: StoredHook, group: readonly Placed[], gate: Gate, done: Done): Promise<void> => {
    const firings = group.map(({ firing }) => firing);
    if (firings.every(isHeld)) {
      for (const { firing, place } of group) done(place, recordWaiting(firing, 'breaker_open', 0));
      return;
    }
    const attempts = await prepareAttempts(hook, firings, options.tools);
    await Promise.all(
      group.map(({ firing, place }, index) => {
        const attempt = attempts[index];
        return attempt && attemptOne(firing, attempt, gate).then((record) => done(place, record));
      }),
    );
  };

  return {
    async attemptFirings(firings) {
      const records: (DeliveryRecord | undefined)[] = Array.from({ length: firings.length });
      let detached = false;
      for (const firing of firings) unfinished.add(firing);
      const done: Done = (place, record) => {
        const firing = firings[place];
        if (firing) unfinished.delete(firing);
        if (detached) options.recorder.recordLater(record);
        else records[place] = record;
      };
      const prompt: Promise<void>[] = [];
      for (const [hook, group] of groupByHook(firings)) {
        const { gate } = lanes.of(hook);
        const work = track(running, attemptHook(hook, group, gate, done));
        if (!gate.isSlow() && !isPaced(group)) prompt.push(work);
      }
      await withinBudget(Promise.all(prompt));
      detached = true;
      return firings.map((firing, place) => records[place] ?? recordWaiting(firing, 'in_flight', leaseMs(firing.hook)));
    },
    room(hook, withinMs) {
      const { gate } = lanes.of(hook);
      return Math.max(0, Math.min(gate.room(withinMs), roomFor(gate)));
    },
    leaseMs,
    async settle() {
      await Promise.all(running);
    },
    async handBack() {
      if (unfinished.size === 0) return;
      await options.recorder.record([...unfinished].map((firing) => recordWaiting(firing, 'in_flight', 0)));
    },
  };
}

interface Placed {
  firing: Firing;
  /** Index among the firings of the call. */
  place: number;
}
type Done = (place: number, record: DeliveryRecord) => void;

function groupByHook(firings: readonly Firing[]): Map<StoredHook, Placed[]> {
  const groups = new Map<StoredHook, Placed[]>();
  firings.forEach((firing, place) => {
    const group = groups.get(firing.hook);
    if (group) group.push({ firing, place });
    else groups.set(firing.hook, [{ firing, place }]);
  });
  return groups;
}

/** Whether the last turn of a hook's rate is so far away that nobody should wait for it. */
function isPaced(group: readonly Placed[]): boolean {
  const lastAt = group.at(-1)?.firing.startAt;
  return lastAt !== undefined && lastAt - performance.now() > slotWaitMs;
}

function track(running: Set<Promise<void>>, work: Promise<void>): Promise<void> {
  running.add(work);
  return work.finally(() => running.delete(work));
}

async function withinBudget(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const budget = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, budgetMs);
  });
  await Promise.race([work, budget]);
  clearTimeout(timer);
}

/** One attempt for each firing; where the handler prepared none, an attempt that fails with the reason. */
async function prepareAttempts(hook: StoredHook, firings: readonly Firing[], tools: HandlerTools): Promise<Attempt[]> {
  const startedAt = performance.now();
  const failing = (error: Error) => () => Promise.resolve(crashedAttempt(error, startedAt));
  try {
    const attempts = await handlers[hook.handler](firings, tools);
    return firings.map((_, index) => attempts[index] ?? failing(new Error('nothing prepared')));
  } catch (error) {
    return firings.map(() => failing(error instanceof Error ? error : new Error(String(error))));
  }
}

/** Makes an attempt in its slot, and gives the slot back. */
async function timeAttempt(attempt: () => Promise<AttemptOutcome>, slot: Slot): Promise<AttemptOutcome> {
  const startedAt = performance.now();
  const overdue = setTimeout(() => slot.reportRunning(budgetMs), budgetMs);
  let outcome: AttemptOutcome;
  try {
    outcome = await attempt();
  } catch (error) {
    outcome = crashedAttempt(error, startedAt);
  }
  clearTimeout(overdue);
  slot.release(performance.now() - startedAt, judge(outcome) === 'up');
  return outcome;
}

function crashedAttempt(error: unknown, startedAt: number): AttemptOutcome {
  const message = error instanceof Error ? error.message : String(error);
  return failAttempt('internal', message, Date.now() - (performance.now() - startedAt));
}

/** The metrics and the log line of one attempt. */
function report(
  firing: Firing,
  outcome: AttemptOutcome,
  record: DeliveryRecord,
  { metrics, logger }: AttempterOptions,
): void {
  const { handler } = firing.hook;
  metrics.attempts.inc({ handler, result: outcome.ok ? 'succeeded' : outcome.kind });
  metrics.attemptDuration.observe(outcome.durationMs / 1000);
  if (firing.attemptCount === 0)
    metrics.eventLatency.observe(Math.max(0, Date.now() - timeOfId(firing.eventId)) / 1000);
  if (record.status === 'succeeded' || record.status === 'exhausted')
    metrics.deliveries.inc({ handler, outcome: record.status });
  const level = outcome.ok ? 'debug' : 'info';
  if (!logger.isLevelEnabled(level)) return;
  logger[level](
    {
      delivery_id: firing.deliveryId,
      event_id: firing.eventId,
      hook_id: firing.hook.id,
      handler,
      attempt: record.attemptCount,
      status: record.status,
      response_status: outcome.responseStatus,
      duration_ms: Math.round(outcome.durationMs),
      ...(outcome.ok ? {} : { error_code: outcome.kind, error: outcome.message }),
    },
    'delivery.attempted',
  );
}
