import type { DeliveryRecord, StoredHook } from '@eventhooks/database';
import { timeOfId } from '@eventhooks/database';
import type { Logger, Metrics } from '@eventhooks/telemetry';
import { type Attempt, type AttemptOutcome, type Firing, failAttempt } from './firing.ts';
import { createGate, type Gate } from './gate.ts';
import { type HandlerTools, handlers } from './handlers/index.ts';
import type { Recorder } from './recorder.ts';
import { recordAttempt, recordWaiting } from './records.ts';

/** How long a job waits for the attempts that it began. What runs longer goes on by itself. */
const budgetMs = 1_000;
/** How long a firing waits for one of its hook's slots before it is parked. */
const slotWaitMs = 250;
/** A parked firing is due again after one to two of these. */
const parkMs = 1_000;
/** Attempts of one hook at once in one worker, unless the hook says otherwise. */
const defaultMaxInFlight = 128;
/** Attempts in flight at once in one worker, whatever their hooks. */
const maxInFlightOverall = 2_000;
/** Hooks whose recent durations are remembered. */
const maxGates = 20_000;
/** Beyond an attempt's own deadline: waiting for a slot, running in the sandbox, recording. */
const leaseMarginMs = 30_000;

export interface Attempter {
  /**
   * Attempts firings, each hook's within its slots, and gives a record for each: how the attempt ended; or that the
   * delivery waits, because its hook has no slot, or because its attempt still runs when the budget is used up. Such an
   * attempt goes on and records its own end; should this worker die first, the record's lease runs out.
   */
  attemptFirings(firings: readonly Firing[]): Promise<DeliveryRecord[]>;
  /** Resolves when no attempt is in flight any more. */
  settle(): Promise<void>;
}

export interface AttempterOptions {
  tools: HandlerTools;
  recorder: Recorder;
  metrics: Metrics;
  logger: Logger;
  retryScheduleMs: readonly number[];
  /** Told of each record of an attempt, wherever it ended. */
  onAttempted: (firing: Firing, record: DeliveryRecord) => void;
}

export function createAttempter(options: AttempterOptions): Attempter {
  const gates = new Map<string, HookGate>();
  const running = new Set<Promise<void>>();
  let inFlight = 0;

  const attemptOne = async (firing: Firing, attempt: Attempt, gate: Gate): Promise<DeliveryRecord> => {
    const slot = inFlight < maxInFlightOverall ? await gate.acquire(slotWaitMs) : null;
    if (!slot) return recordWaiting(firing, 'no_slot', parkMs * (1 + Math.random()));
    inFlight += 1;
    const startedAt = performance.now();
    const overdue = setTimeout(() => slot.reportRunning(budgetMs), budgetMs);
    const outcome = await attempt().catch((error: Error) => crashedAttempt(error, startedAt));
    clearTimeout(overdue);
    slot.release(performance.now() - startedAt);
    inFlight -= 1;
    const record = recordAttempt(firing, outcome, options.retryScheduleMs);
    report(firing, outcome, record, options);
    options.onAttempted(firing, record);
    return record;
  };

  /** Calls `done` with each firing's place and record. */
  const attemptHook = async (hook: StoredHook, group: readonly Placed[], gate: Gate, done: Done): Promise<void> => {
    const firings = group.map(({ firing }) => firing);
    const prepare = handlers[hook.handler];
    const startedAt = performance.now();
    const attempts = await Promise.resolve()
      .then(() => prepare(firings, options.tools))
      .catch((error: Error) => firings.map(() => () => Promise.resolve(crashedAttempt(error, startedAt))));
    await Promise.all(
      group.map(async ({ firing, place }, index) => {
        const attempt =
          attempts[index] ?? (() => Promise.resolve(crashedAttempt(new Error('nothing prepared'), startedAt)));
        done(place, await attemptOne(firing, attempt, gate));
      }),
    );
  };

  return {
    async attemptFirings(firings) {
      const records: (DeliveryRecord | undefined)[] = Array.from({ length: firings.length });
      let detached = false;
      const done: Done = (place, record) => {
        if (detached) options.recorder.recordLater(record);
        else records[place] = record;
      };
      const prompt: Promise<void>[] = [];
      for (const [hook, group] of groupByHook(firings)) {
        const gate = gateOf(gates, hook);
        const work = track(running, attemptHook(hook, group, gate, done));
        if (!gate.isSlow()) prompt.push(work);
      }
      await withinBudget(Promise.all(prompt));
      detached = true;
      return firings.map(
        (firing, place) => records[place] ?? recordWaiting(firing, 'in_flight', leaseOf(firing, options)),
      );
    },
    async settle() {
      await Promise.all(running);
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

interface HookGate {
  gate: Gate;
  revision: string;
}

/** A changed hook starts anew: it may have another endpoint and another bound. */
function gateOf(gates: Map<string, HookGate>, hook: StoredHook): Gate {
  const known = gates.get(hook.id);
  if (known?.revision === hook.revision) return known.gate;
  if (gates.size >= maxGates) forgetIdle(gates);
  const gate = createGate(hook.max_in_flight ?? defaultMaxInFlight);
  gates.set(hook.id, { gate, revision: hook.revision });
  return gate;
}

function forgetIdle(gates: Map<string, HookGate>): void {
  for (const [id, { gate }] of gates) {
    if (gate.inFlight() === 0) gates.delete(id);
  }
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

function leaseOf(firing: Firing, options: AttempterOptions): number {
  return (firing.hook.timeout ?? options.tools.defaultTimeoutMs) + leaseMarginMs;
}

function crashedAttempt(error: Error, startedAt: number): AttemptOutcome {
  return failAttempt('internal', error.message, Date.now() - (performance.now() - startedAt));
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
