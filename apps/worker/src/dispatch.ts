import { expandEvent, type JsonObject } from '@eventhooks/contract';
import {
  type BatchEvent,
  type ClaimedBatch,
  claimBatch,
  type Database,
  deliveryIdOf,
  extendBatch,
  findRecorded,
  releaseBatch,
} from '@eventhooks/database';
import type { Logger, Metrics, Tracing } from '@eventhooks/operations';
import type { DispatchJob } from '@eventhooks/queue';
import type { Attempter } from './attempt-firings.ts';
import { claimFirings, type DecidedFirings, type FiringClaims } from './claim-firings.ts';
import type { Firing } from './firing.ts';
import type { HookIndex, Match } from './hook-index.ts';
import { limitRates } from './limit-rates.ts';
import type { Recorder } from './recorder.ts';
import { traceDispatch } from './trace.ts';

/** No other worker takes a batch for this long after it was claimed or extended. */
const leaseMs = 30_000;
/** A batch that could not be decided is offered again after this. */
const retryMs = 1_000;
/** The lease is extended in time for what may still come: a chunk's attempts, and PostgreSQL. */
const extendAfterMs = leaseMs / 3;
/**
 * Firings attempted and recorded together; a batch with more is worked off in several such chunks. With several batches at once,
 * many more in flight would wait for this worker's own processor so long that quick endpoints look slow, and are parked.
 */
const chunkSize = 250;

export interface DispatchTools {
  database: Database;
  hooks: HookIndex;
  claims: FiringClaims;
  attempter: Attempter;
  recorder: Recorder;
  metrics: Metrics;
  logger: Logger;
  tracing: Tracing;
  /** Aborted once this worker takes no more work: a batch that fans out far is then handed back between two chunks. */
  stopping: AbortSignal;
}

/** Dispatches a job's batches side by side. When one fails, the others go on; the job, tried again, finds them done. */
export async function dispatchJob({ batchIds }: DispatchJob, tools: DispatchTools): Promise<void> {
  const results = await Promise.allSettled(batchIds.map((batchId) => dispatchBatch(batchId, tools)));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/**
 * Dispatches one committed batch: who hears of its events, which of them fire now, the first attempts, and a record of
 * each outcome. Safe to run again at any point: what is recorded is not repeated.
 */
async function dispatchBatch(batchId: string, tools: DispatchTools): Promise<void> {
  const batch = await claimBatch(tools.database.pool, batchId, leaseMs);
  if (!batch) return;
  const trace = traceDispatch(batch.events, tools.tracing);
  try {
    await dispatchClaimed(batchId, { ...batch, events: trace.events }, tools);
    trace.end();
  } catch (error) {
    trace.end(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

async function dispatchClaimed(batchId: string, batch: ClaimedBatch, tools: DispatchTools): Promise<void> {
  const startedAt = performance.now();
  const decided = await decide(batchId, batch, tools).catch(async (error: Error) => {
    // Nothing was sent: whoever takes it next need not wait for this worker's lease.
    await releaseBatch(tools.database.pool, batchId, retryMs).catch(() => undefined);
    throw error;
  });
  const { firing, suppressed } = decided;
  if (!(await attemptAndRecord(batchId, decided, tools))) return;
  tools.metrics.eventsDispatched.inc(batch.events.length);
  tools.logger.debug(
    {
      batch_id: batchId,
      run: batch.run,
      events: batch.events.length,
      firings: firing.length,
      suppressed: suppressed.length,
      duration_ms: Math.round(performance.now() - startedAt),
    },
    'batch.dispatched',
  );
}

/** Who hears of a batch's events, and which of these firings happen now. */
async function decide(batchId: string, batch: ClaimedBatch, tools: DispatchTools): Promise<DecidedFirings> {
  await tools.hooks.catchUp(batch.configurationVersion);
  const matched = matchHooks(batch.events, tools.hooks);
  const open = batch.run === 1 ? matched : await dropRecorded(matched, tools.database);
  return claimFirings(tools.claims, batchId, open);
}

function matchHooks(events: readonly BatchEvent[], hooks: HookIndex): Firing[] {
  // Most events of a batch answer to the same names as others of it.
  const known = new Map<string, Match[]>();
  return events.flatMap((event) => {
    // Only crud events answer to names that depend on their data.
    const { operation }: JsonObject = event.source === 'crud' ? JSON.parse(event.data) : {};
    const key = JSON.stringify([event.workspace, event.source, event.event, operation]);
    const matches = known.get(key) ?? hooks.match(event.workspace, expandEvent({ ...event, data: { operation } }));
    known.set(key, matches);
    return matches.map(({ hook, name }) => ({
      deliveryId: deliveryIdOf(event.id, hook.id),
      eventId: event.id,
      workspace: event.workspace,
      data: event.data,
      traceparent: event.traceparent,
      hook,
      name,
      attemptCount: 0,
      scheduleStep: 0,
      suppressedSince: null,
    }));
  });
}

async function dropRecorded(firings: readonly Firing[], database: Database): Promise<Firing[]> {
  const recorded = await findRecorded(
    database.pool,
    firings.map((firing) => firing.deliveryId),
  );
  return firings.filter((firing) => !recorded.has(firing.deliveryId));
}

/**
 * A chunk is recorded while the next one is attempted. The last chunk's records and the batch's leaving the outbox are one
 * statement.
 *
 * @returns false when the batch was handed back before its end.
 */
async function attemptAndRecord(
  batchId: string,
  { firing: firings, suppressed, isRemembered }: DecidedFirings,
  tools: DispatchTools,
): Promise<boolean> {
  let records = [...suppressed];
  let recording = Promise.resolve();
  let extendedAt = performance.now();
  for (let start = 0; start < firings.length; start += chunkSize) {
    if (start > 0) {
      await recording;
      recording = tools.recorder.record(records);
      // Until it is awaited nobody listens for its failure.
      recording.catch(() => undefined);
      if (tools.stopping.aborted) {
        await recording;
        await releaseBatch(tools.database.pool, batchId, 0);
        return false;
      }
      if (performance.now() - extendedAt > extendAfterMs) {
        await extendBatch(tools.database.pool, batchId, leaseMs);
        extendedAt = performance.now();
      }
      records = [];
    }
    const { firing, limited } = await limitRates(firings.slice(start, start + chunkSize), tools.database);
    records.push(...limited, ...(await tools.attempter.attemptFirings(firing)));
  }
  await recording;
  await tools.recorder.record(records, batchId);
  // What is not forgotten now expires by itself.
  if (isRemembered) await tools.claims.suppression.release(batchId).catch(() => undefined);
  return true;
}
