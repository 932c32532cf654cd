import { messageOf } from '@eventhooks/contract';
import type { DeliveryRecord } from '@eventhooks/database';
import { makeWaitingRecord } from '../delivery/make-record.ts';
import type { Attempt } from '../delivery/outcome.ts';
import type { HandlerTools } from '../handlers/index.ts';
import type { HookIndex } from '../hooks/hook-index.ts';
import type { RecordWriter } from '../record/record-writer.ts';
import { type AttemptOneOptions, createAttemptOne } from './attempt-one.ts';
import { type Call, type Granted, type OpenAttempt, openCall } from './call.ts';
import { prepareAttempts } from './make-attempt.ts';

/**
 * Deliveries of a lane that were claimed together go on for this long. The rest is put back, as much may have changed
 * meanwhile.
 */
const longestStretchMs = 250;
/** How long a caller waits for the attempts that it asked for. Longer attempts go on without it. */
const longestWaitMs = 1_000;

/** Attempts deliveries that admission granted. */
export interface Attempter {
  /**
   * Returns one record per delivery. It says how the attempt ended; or that there was no permit after all; or that the
   * attempt is still in flight, because other deliveries should not wait for its end. Such an attempt goes on and
   * records its own end. If this worker dies first, the lease in the record runs out.
   */
  attempt(granted: readonly Granted[]): Promise<DeliveryRecord[]>;
  /** Resolves when no attempt is in flight any more. */
  whenIdle(): Promise<void>;
  /** Makes unfinished deliveries due at once, so that other workers need not wait for the leases of one that stops. */
  releaseUnfinished(): Promise<void>;
}

export interface AttempterOptions extends AttemptOneOptions {
  hooks: Pick<HookIndex, 'find'>;
  writer: RecordWriter;
  tools: HandlerTools;
}

export function createAttempter(options: AttempterOptions): Attempter {
  const { admission, hooks, writer, logger } = options;
  const calls = new Map<Call, Promise<unknown>>();
  /** An attempt of the hook is overdue, and its others may be, too: deliveries no longer wait for them. */
  const letGo = (hookId: string): void => {
    for (const call of calls.keys()) call.letGo(hookId);
  };

  const attemptOne = createAttemptOne(options, letGo);
  const attemptGroup = async (granted: Granted, group: readonly OpenAttempt[], call: Call): Promise<void> => {
    const attempts = await prepareAttempts(granted, options.tools, letGo);
    const prepared = group.flatMap((open, index) => {
      const attempt = attempts[index];
      return attempt ? [{ open, attempt }] : [];
    });
    const end = (open: OpenAttempt, record: DeliveryRecord): void => {
      if (call.isAnswered) writer.writeLater(record);
      call.end(open, record);
    };
    const attemptLane = async ([first, ...others]: LaneAttempts): Promise<void> => {
      const startedAt = performance.now();
      const { open, attempt } = first;
      const isLate = !admission.isInTime(granted.grant);
      let record = isLate ? putBack(open) : await attemptOne(open, attempt, granted.grant);
      end(open, record);
      for (const next of others) {
        const goesOn = record.status === 'succeeded' && performance.now() - startedAt < longestStretchMs;
        const isAsGranted = hooks.find(granted.grant.hook.id) === granted.grant.hook;
        record = goesOn && isAsGranted ? await attemptOne(next.open, next.attempt, granted.grant) : putBack(next.open);
        end(next.open, record);
      }
    };
    const { unordered, lanes } = groupByLane(prepared);
    await Promise.all([
      ...unordered.map(({ open, attempt }) =>
        attemptOne(open, attempt, granted.grant).then((record) => end(open, record)),
      ),
      ...lanes.map(attemptLane),
    ]);
  };

  return {
    async attempt(granted) {
      if (granted.length === 0) return [];
      const groups = granted.map((one) => openGroup(one, admission.isPrompt(one.grant)));
      const call = openCall(groups.flat());
      const work = Promise.all(granted.map((one, index) => attemptGroup(one, groups[index] ?? [], call)));
      calls.set(call, work);
      work
        .catch((error) => logger.error({ error: messageOf(error) }, 'attempt.crashed'))
        .finally(() => calls.delete(call));
      const timer = setTimeout(call.letGo, longestWaitMs);
      // A crash is a bug. The caller then runs again, and does what is not recorded.
      await Promise.race([call.released, work]);
      clearTimeout(timer);
      return call.answer();
    },
    async whenIdle() {
      while (calls.size > 0) await Promise.allSettled(calls.values());
    },
    async releaseUnfinished() {
      const unfinished = [...calls.keys()].flatMap((call) => call.attempts.filter(({ record }) => record === null));
      if (unfinished.length === 0) return;
      await writer.write(unfinished.map(({ delivery }) => makeWaitingRecord(delivery, 'in_flight', 0)));
    },
  };
}

function openGroup({ grant, deliveries }: Granted, isAwaited: boolean): OpenAttempt[] {
  return deliveries.map((delivery) => ({ delivery, leaseMs: grant.leaseMs, isAwaited, record: null }));
}

interface PreparedAttempt {
  open: OpenAttempt;
  attempt: Attempt;
}

type LaneAttempts = [PreparedAttempt, ...PreparedAttempt[]];

/** Attempts of one lane go one after the other, in their order. The rest has no order. */
function groupByLane(prepared: readonly PreparedAttempt[]): { unordered: PreparedAttempt[]; lanes: LaneAttempts[] } {
  const unordered: PreparedAttempt[] = [];
  const lanes = new Map<string, LaneAttempts>();
  for (const one of prepared) {
    const { order } = one.open.delivery;
    if (order === null) {
      unordered.push(one);
      continue;
    }
    const known = lanes.get(order.laneKey);
    if (known) known.push(one);
    else lanes.set(order.laneKey, [one]);
  }
  return { unordered, lanes: [...lanes.values()] };
}

/** Any worker may claim it again. */
function putBack({ delivery }: OpenAttempt): DeliveryRecord {
  return makeWaitingRecord(delivery, 'order', 0);
}
