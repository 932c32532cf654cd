import {
  type ClaimedBatch,
  type Database,
  type DeliveryRecord,
  extendBatch,
  findRecorded,
  releaseBatch,
} from '@eventhooks/database';
import type { Logger, Metrics, Tracing } from '@eventhooks/operations';
import type { Admission } from '../admission/admission.ts';
import type { Attempter } from '../attempt/attempter.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { makeWaitingRecord } from '../delivery/make-record.ts';
import type { HookIndex } from '../hooks/hook-index.ts';
import type { Lanes } from '../lanes/lanes.ts';
import type { RecordWriter } from '../record/record-writer.ts';
import { admitChunk } from './admit-chunk.ts';
import { collectBatches } from './collect-batches.ts';
import { type DecidedFirings, decideFirings, type FiringTools } from './decide-firings.ts';
import { type FilterTools, filterMatches } from './filter-matches.ts';
import { hasWindows } from './hold-in-windows.ts';
import { matchHooks } from './match-hooks.ts';
import { type RecordedLanes, recordLanes, releaseOrderSoon } from './record-lanes.ts';
import { traceDispatch } from './trace-dispatch.ts';

/** No other worker takes a batch for this long after it was claimed or extended. */
export const batchLeaseMs = 30_000;
/** A batch that could not be decided is enqueued again after this. */
const retryMs = 1_000;
/** The lease is extended in time for a chunk's attempts, and for PostgreSQL. */
const extendAfterMs = batchLeaseMs / 3;
/**
 * Deliveries that are attempted and recorded together. A batch with more is worked off in several chunks. With several
 * batches at once, many more in flight would wait so long for this worker's own processor that quick endpoints look
 * slow.
 */
const chunkSize = 250;

export interface DispatchTools {
  database: Database;
  hooks: HookIndex;
  filtering: FilterTools;
  firings: FiringTools;
  admission: Admission;
  attempter: Attempter;
  lanes: Lanes;
  writer: RecordWriter;
  metrics: Metrics;
  logger: Logger;
  tracing: Tracing;
  /**
   * Aborted once this worker takes no more work. A batch with many deliveries is then handed back between two chunks.
   */
  stopping: AbortSignal;
}

/**
 * Dispatches one claimed batch: matches hooks, filters, decides which of them fire, collects delivery batches, makes
 * the first attempts, and records each outcome. It is safe to run again at any point, because what is recorded is not
 * repeated.
 */
export async function dispatchBatch(batch: ClaimedBatch, tools: DispatchTools): Promise<void> {
  const trace = traceDispatch(batch.events, tools.tracing);
  try {
    await dispatchTraced({ ...batch, events: trace.events }, tools);
    trace.end();
  } catch (error) {
    trace.end(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

async function dispatchTraced(batch: ClaimedBatch, tools: DispatchTools): Promise<void> {
  const startedAt = performance.now();
  const { decided, rest, visited } = await matchAndDecide(batch, tools).catch(async (error: Error) => {
    // Nothing was sent, so another worker need not wait for this one's lease.
    await releaseBatch(tools.database.pool, batch.id, retryMs).catch(() => undefined);
    throw error;
  });
  const isDone = rest === null || (await attemptAndRecord(batch.id, rest, tools));
  await visited;
  if (!isDone) return;
  // Decisions that are not released now expire by themselves.
  if (decided.isRemembered) await tools.firings.suppression.release(batch.id).catch(() => undefined);
  tools.metrics.eventsDispatched.inc(batch.events.length);
  tools.logger.debug(
    {
      batch_id: batch.id,
      run: batch.run,
      events: batch.events.length,
      deliveries: decided.firing.length,
      suppressed: decided.suppressed.length,
      duration_ms: Math.round(performance.now() - startedAt),
    },
    'batch.dispatched',
  );
}

/** Decides which deliveries fire, and records those of hooks with order. */
async function matchAndDecide(
  batch: ClaimedBatch,
  tools: DispatchTools,
): Promise<{ decided: DecidedFirings } & RecordedLanes> {
  await tools.hooks.catchUp(batch.configurationVersion);
  const heard = await filterMatches(matchHooks(batch.events, tools.hooks), batch.position, tools.filtering);
  const unrecorded = batch.run === 1 ? heard : await dropRecorded(heard, tools.database);
  const decided = await decideFirings(tools.firings, batch.id, unrecorded);
  return { decided, ...(await recordLanes(batch.id, unrecorded, decided, tools)) };
}

async function dropRecorded(deliveries: readonly Delivery[], { pool }: Database): Promise<Delivery[]> {
  const recorded = await findRecorded(
    pool,
    deliveries.map(({ id }) => id),
  );
  return deliveries.filter(({ id }) => !recorded.has(id));
}

/** @returns false when the batch was handed back before its end. */
async function attemptAndRecord(batchId: string, decided: DecidedFirings, tools: DispatchTools): Promise<boolean> {
  const endRelease = tools.hooks.hasOrder() ? releaseOrderSoon(batchId, tools.database) : null;
  try {
    return await attemptChunks(batchId, decided, tools);
  } finally {
    endRelease?.();
  }
}

/**
 * Records a chunk while the next one is attempted. The last chunk is recorded by the statement that takes the batch out
 * of the outbox.
 */
async function attemptChunks(
  batchId: string,
  { firing, suppressed, isRemembered }: DecidedFirings,
  tools: DispatchTools,
): Promise<boolean> {
  const { writer } = tools;
  // The decisions are forgotten once they are recorded. A batch whose records a crash lost would be decided about anew.
  const isDurable = isRemembered;
  const { units, waiting: collected } = collectBatches(firing);
  let records = [...suppressed, ...collected];
  let recording = Promise.resolve();
  let extendedAt = performance.now();
  for (let start = 0; start < units.length; start += chunkSize) {
    if (start > 0) {
      await recording;
      recording = writer.write(records, { isDurable });
      // A failure is reported where `recording` is awaited, which may be later.
      recording.catch(() => undefined);
      if (tools.stopping.aborted) {
        await recording;
        await writer.write(returnRecorded(units.slice(start)));
        await releaseBatch(tools.database.pool, batchId, 0);
        return false;
      }
      if (performance.now() - extendedAt > extendAfterMs) {
        await extendBatch(tools.database.pool, batchId, batchLeaseMs);
        extendedAt = performance.now();
      }
      records = [];
    }
    const { granted, waiting } = await admitChunk(units.slice(start, start + chunkSize), tools.admission);
    records.push(...waiting, ...(await tools.attempter.attempt(granted)));
  }
  await recording;
  await writer.write(records, { batchId, isDurable });
  return true;
}

/** Makes deliveries due that already have a record: the batch's next run skips them, so the backlog must take them. */
function returnRecorded(deliveries: readonly Delivery[]): DeliveryRecord[] {
  return deliveries
    .filter(({ hook }) => hasWindows(hook))
    .map((delivery) => makeWaitingRecord(delivery, 'in_flight', 0));
}
