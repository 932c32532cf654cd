import { randomUUID } from 'node:crypto';
import pg from 'pg';
import {
  type ClaimedLanes,
  cancelDelivery,
  claimDispatchBatches,
  claimLaneBatches,
  claimLanes,
  commitEvents,
  type Database,
  type DeliveryRecord,
  deliveryIdOf,
  type LaneClaim,
  laneKeyOf,
  newId,
  positionOf,
  recordDeliveries,
  recordOrdered,
  retryDelivery,
  wakeLanes,
} from '../src/index.ts';

/** An event of the model, with the moments of its publishing, which say before which others it was accepted. */
interface ModelEvent {
  deliveryId: string;
  key: string;
  begunAt: number;
  answeredAt: number;
  seen: boolean;
  /** Cancelled by hand: whatever came after it may go first. */
  cancelled: boolean;
  /** Cancelled or retried by hand: it has left its batch, whatever a worker still has of that. */
  leftBatch: boolean;
}

/** With the batch in which it was claimed, where the hook has batches. */
type Claimed = ClaimedLanes['deliveries'][number] & { batch_id?: string };
export type Outcome = 'succeeded' | 'retry' | 'exhausted';

const keys = ['a', 'b'];

/**
 * Publishers, workers that may stall or die, and the receiver of one ordered hook, all under the control of a test;
 * PostgreSQL and the statements are real. The receiver checks each first sight against the order of acceptance.
 *
 * @param batchSize the size of the hook's batches, which wait for `waitSeconds`; null for none.
 */
export async function createOrderModel(
  database: Database,
  databaseUrl: string,
  { workers, batchSize, waitSeconds = 0 }: { workers: number; batchSize: number | null; waitSeconds?: number },
) {
  const { pool, kysely } = database;
  const hookId = randomUUID();
  await pool.query(
    `INSERT INTO event_hooks (id, workspace, source, handler, config, order_by, batch) VALUES ($1, 'default', 'crud', 'log', '{}', 'data.k', $2)`,
    [hookId, batchSize === null ? null : { size: batchSize, wait: waitSeconds }],
  );
  let clock = 0;
  const events: ModelEvent[] = [];
  const overtakings: string[] = [];
  /** Transactions that an admin has begun and not committed. */
  const open: { admin: pg.Pool; batchId: string; batch: ModelEvent[] }[] = [];
  const undispatched: string[] = [];
  /** The keys of deliveries that are in flight under a lease, whether or not their worker lives. */
  const leases = new Map<string, string | null>();
  const held: Claimed[][] = Array.from({ length: workers }, () => []);
  const pick = <T>(list: readonly T[], number: number): T | undefined => list[number % list.length];
  const laneKeys = keys.map((key) => laneKeyOf(0, key));

  /** The deliveries that each batch had when it was attempted first. */
  const batches = new Map<string, Set<string>>();
  const claimFrom = (
    claim: Pick<LaneClaim, 'keys' | 'freeKeys' | 'mostLanes'>,
    stretch: number,
  ): Promise<ClaimedLanes<Claimed>> => {
    const common = { ...claim, hookId, leaseMs: 60_000 };
    return batchSize === null
      ? claimLanes(pool, { ...common, most: claim.mostLanes, stretch })
      : claimLaneBatches(pool, { ...common, size: batchSize, bytes: 1_000_000, waitSeconds });
  };
  /** A batch comes again as it was, but for what was cancelled or retried by hand. */
  const seeBatch = (batch: readonly Claimed[]): void => {
    const id = batch[0]?.batch_id;
    if (id === undefined) return;
    const known = batches.get(id) ?? new Set(batch.map((one) => one.id));
    batches.set(id, known);
    const left = new Set(events.filter(({ leftBatch }) => leftBatch).map(({ deliveryId }) => deliveryId));
    const joined = batch.find((one) => !known.has(one.id) && !left.has(one.id));
    if (joined) overtakings.push(`${joined.id} joined a batch that was attempted before`);
  };

  /** The receiver: everything that was answered before this event began must have been here. */
  const see = ({ id }: Claimed): void => {
    const event = events.find(({ deliveryId }) => deliveryId === id);
    if (!event || event.seen) return;
    event.seen = true;
    for (const earlier of events) {
      if (earlier.key !== event.key || earlier.answeredAt >= event.begunAt || earlier.cancelled || earlier.seen)
        continue;
      overtakings.push(`${event.deliveryId} overtook ${earlier.deliveryId}`);
    }
  };
  const recordOf = (one: Claimed, over: Partial<DeliveryRecord>): DeliveryRecord => ({
    ...emptyRecord(one.id, one.event_id, hookId),
    attemptCount: one.attempt_count,
    laneKey: one.order_key,
    ...over,
  });

  const model = {
    overtakings,
    /** An admin takes a request with one event for each number; the commit follows later. */
    async begin(numbers: readonly number[]): Promise<void> {
      const admin = new pg.Pool({ connectionString: databaseUrl, max: 1 });
      clock += 1;
      const batch = numbers.map((number) => {
        const id = newId();
        const key = keys[number % keys.length] ?? '';
        return {
          id,
          deliveryId: deliveryIdOf(id, hookId),
          key,
          begunAt: clock,
          answeredAt: Infinity,
          seen: false,
          cancelled: false,
          leftBatch: false,
        };
      });
      events.push(...batch);
      await admin.query('BEGIN');
      const committed = await commitEvents(
        admin,
        batch.map(({ id, key }) => newEvent(id, key)),
      );
      open.push({ admin, batchId: committed.batchId ?? '', batch });
    },
    async commit(which: number): Promise<void> {
      const [one] = open.splice(which % Math.max(1, open.length), 1);
      if (!one) return;
      await one.admin.query('COMMIT');
      await one.admin.end();
      clock += 1;
      for (const event of one.batch) event.answeredAt = clock;
      undispatched.push(one.batchId);
    },
    /** Batches are dispatched in any order. */
    async dispatch(which: number): Promise<void> {
      const [batchId] = undispatched.splice(which % Math.max(1, undispatched.length), 1);
      if (batchId === undefined) return;
      const [batch] = await claimDispatchBatches(pool, [batchId], 60_000);
      const ordered = (batch?.events ?? []).map(({ id, data, place }) => ({
        record: { ...emptyRecord(deliveryIdOf(id, hookId), id, hookId), reason: 'order' },
        laneKey: laneKeyOf(0, JSON.parse(data).k),
        position: positionOf(batch?.position ?? 0n, place),
      }));
      await recordOrdered(pool, batchId, ordered, 'done');
    },
    /** A worker claims. One that has something already forgets it: it was killed. */
    async claim(worker: number, stretch: number): Promise<number> {
      const claimed = await claimFrom({ keys: laneKeys, freeKeys: [], mostLanes: 10 }, 1 + (stretch % 4));
      if (claimed.torn.length > 0)
        await recordDeliveries(
          pool,
          claimed.torn.map((one) => recordOf(one, putBack)),
        );
      const busy = new Set(leases.values());
      for (const { id, order_key } of claimed.deliveries) {
        if (busy.has(order_key)) overtakings.push(`${id} was claimed while another one of its key was in flight`);
      }
      for (const { id, order_key } of claimed.deliveries) leases.set(id, order_key);
      held[worker % workers] = claimed.deliveries;
      return claimed.deliveries.length;
    },
    /**
     * A worker makes its next attempt, of a delivery or a batch, and records how it ended. What it holds beyond is put back
     * when the attempt failed.
     */
    async attempt(worker: number, outcome: Outcome): Promise<void> {
      const all = held[worker % workers] ?? [];
      const [one] = all;
      if (!one) return;
      const together = one.batch_id === undefined ? [one] : all.filter(({ batch_id }) => batch_id === one.batch_id);
      const own = all.filter((other) => !together.includes(other));
      seeBatch(together);
      together.forEach(see);
      const attemptCount = one.attempt_count + 1;
      const ended = {
        succeeded: { status: 'succeeded', reason: null, nextAttemptInMs: null, attemptCount },
        retry: { reason: 'retry', nextAttemptInMs: 3_600_000, attemptCount },
        exhausted: { status: 'exhausted', reason: null, nextAttemptInMs: null, attemptCount },
      } as const satisfies Record<Outcome, Partial<DeliveryRecord>>;
      const lane = outcome === 'succeeded' ? [] : own.filter(({ order_key }) => order_key === one.order_key);
      held[worker % workers] = own.filter((other) => !lane.includes(other));
      for (const { id } of [...together, ...lane]) leases.delete(id);
      await recordDeliveries(pool, [
        ...together.map((each) => recordOf(each, ended[outcome])),
        ...lane.map((other) => recordOf(other, putBack)),
      ]);
      const freeKeys = own.some(({ order_key }) => order_key === one.order_key) ? [] : [one.order_key ?? ''];
      await claimFrom({ keys: [], freeKeys, mostLanes: 0 }, 1);
    },
    async endLeases(): Promise<void> {
      leases.clear();
      await pool.query(
        `UPDATE deliveries SET next_attempt_at = now() - interval '1 s' WHERE hook_id = $1 AND reason IN ('in_flight', 'order') AND next_attempt_at < 'infinity'`,
        [hookId],
      );
    },
    async makeRetriesDue(): Promise<void> {
      await pool.query(`UPDATE deliveries SET next_attempt_at = now() WHERE hook_id = $1 AND reason = 'retry'`, [
        hookId,
      ]);
    },
    async cancel(which: number): Promise<void> {
      const event = pick(events, which);
      if (!event || (await cancelDelivery(kysely, 'default', event.deliveryId)) === null) return;
      event.cancelled = true;
      event.leftBatch = true;
      leases.delete(event.deliveryId);
    },
    async retry(which: number): Promise<void> {
      const event = pick(events, which);
      if (!event) return;
      await retryDelivery(kysely, 'default', event.deliveryId);
      event.leftBatch = true;
      leases.delete(event.deliveryId);
    },
    wake: () => wakeLanes(pool, hookId, laneKeys),
    async countDue(): Promise<number> {
      const { rows } = await pool.query('SELECT FROM deliveries WHERE hook_id = $1 AND next_attempt_at <= now()', [
        hookId,
      ]);
      return rows.length;
    },
    /** Everything goes well from here on. @returns the number of deliveries that still wait after that. */
    async finish(): Promise<number> {
      while (open.length > 0) await model.commit(0);
      while (undispatched.length > 0) await model.dispatch(0);
      await model.endLeases();
      await model.makeRetriesDue();
      while ((await model.claim(0, 3)) > 0) while (held[0]?.length) await model.attempt(0, 'succeeded');
      const waiting = await pool.query('SELECT FROM deliveries WHERE hook_id = $1 AND next_attempt_at IS NOT NULL', [
        hookId,
      ]);
      return waiting.rows.length;
    },
  };
  return model;
}

const putBack = { reason: 'order', nextAttemptInMs: 0 } as const;

function newEvent(id: string, key: string) {
  return {
    id,
    workspace: 'default',
    source: 'crud',
    event: 'consumers',
    data: JSON.stringify({ k: key }),
    publisherId: null,
  };
}

function emptyRecord(id: string, eventId: string, hookId: string): DeliveryRecord {
  return {
    id,
    eventId,
    hookId,
    workspace: 'default',
    source: 'crud',
    event: 'consumers',
    status: 'waiting',
    reason: null,
    errorCode: null,
    responseStatus: null,
    attemptCount: 0,
    scheduleStep: 0,
    suppressedCount: null,
    suppressedUntil: null,
    laneKey: null,
    nextAttemptInMs: null,
    attempt: null,
  };
}
