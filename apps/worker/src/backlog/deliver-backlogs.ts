import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredHook } from '@eventhooks/database';
import type { DeliveryJob } from '@eventhooks/queue';
import type { Attempter } from '../attempt/attempter.ts';
import type { Granted } from '../attempt/call.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { Lanes } from '../lanes/lanes.ts';
import type { RecordWriter } from '../record/record-writer.ts';
import { type ClaimTools, claimDue } from './claim-due.ts';
import type { Visits } from './visits.ts';

/** How often a job claims, as permits of its hooks are freed. */
const claimEveryMs = 25;
/** Deliveries that a job holds at once. Each has its event's data in memory. */
const mostPerJob = 400;
const charsPerPlace = 65_536;

export interface BacklogTools extends ClaimTools {
  attempter: Attempter;
  writer: RecordWriter;
  visits: Visits;
  lanes: Lanes;
}

/**
 * Delivers the backlogs of hooks that have due deliveries. Claims more while earlier deliveries are attempted and recorded, so
 * that no permit stays unused.
 */
export async function deliverBacklogs({ hookIds }: DeliveryJob, tools: BacklogTools): Promise<void> {
  const { visits, lanes, hooks } = tools;
  const work = createOpenWork(tools);
  const isLaned = (hookId: string): boolean => hasLanes(hooks.find(hookId));
  await Promise.all(hookIds.filter(isLaned).map((hookId) => lanes.visit(hookId, [])));
  let visited = visits.begin(hookIds.filter((hookId) => !isLaned(hookId)));
  try {
    while (visited.length > 0 && work.errors.length === 0) {
      const { granted, isAdmitted, more } = await claimDue(visited, work.room(), tools);
      work.attemptAndRecord(granted);
      // Nothing is under way here, so other jobs hold the permits, and waiting would free none.
      if (work.running.size === 0 && !isAdmitted) break;
      visited = visits.continueWith(visited, more);
      if (visited.length > 0) await Promise.race([...work.running, sleep(claimEveryMs)]);
    }
  } finally {
    visits.end(visited);
    await Promise.all(work.running);
  }
  if (work.errors[0]) throw work.errors[0];
}

/** The deliveries that a job has claimed and not yet recorded. */
interface OpenWork {
  readonly running: ReadonlySet<Promise<void>>;
  readonly errors: readonly Error[];
  /** How many more deliveries the job may hold. */
  room(): number;
  attemptAndRecord(granted: readonly Granted[]): void;
}

function createOpenWork({ attempter, writer }: BacklogTools): OpenWork {
  const running = new Set<Promise<void>>();
  const errors: Error[] = [];
  let room = mostPerJob;
  const attemptAndRecord = async (granted: readonly Granted[]): Promise<void> => {
    const records = await attempter.attempt(granted);
    // Deliveries in flight keep the lease of their claim, and record their own end.
    const ended = records.filter(({ reason }) => reason !== 'in_flight');
    if (ended.length > 0) await writer.write(ended);
  };
  return {
    running,
    errors,
    room: () => room,
    attemptAndRecord(granted) {
      if (granted.length === 0) return;
      const count = granted.reduce((sum, { deliveries }) => sum + deliveries.reduce(addPlaces, 0), 0);
      room -= count;
      const work = attemptAndRecord(granted)
        .catch((error: Error) => void errors.push(error))
        .finally(() => {
          room += count;
          running.delete(work);
        });
      running.add(work);
    },
  };
}

/** A batch takes as many places as its data take memory. */
function addPlaces(sum: number, { members = [] }: Delivery): number {
  const chars = members.reduce((total, { data }) => total + data.length, 0);
  return sum + 1 + Math.floor(chars / charsPerPlace);
}

/** A hook that lost its order may still have deliveries with keys. Those of a disabled one are cancelled like all others. */
function hasLanes(hook: StoredHook | undefined): boolean {
  return hook?.enabled === true && (hook.order_by !== null || hook.order_generation > 0);
}
