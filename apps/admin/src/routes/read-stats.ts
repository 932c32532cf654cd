import {
  hookStatsQuerySchema,
  hookStatsSchema,
  MAX_STATS_HOOKS,
  type PrintedStats,
  STATS_RANGES,
  type StatsRangeName,
  statsQuerySchema,
  statsSchema,
} from '@eventhooks/contract';
import {
  ALL_HOOKS,
  countUndispatchedEvents,
  countWaiting,
  DURATION_BOUNDS_MS,
  emptyCounts,
  listTroubledHooks,
  readStats,
  readWorstHooks,
  type StatsBucket,
  type StatsCounts,
  type StatsRange,
} from '@eventhooks/database';
import { defineRoute } from '../http/route.ts';
import { toIsoOrNull } from './print-time.ts';

type Pool = Parameters<typeof readStats>[0];

const worstHooks = 5;
const maxTroubled = 50;
/** Waiting deliveries are counted up to this many. */
const maxCounted = 10_000;

export const readStatsRoute = defineRoute({
  method: 'get',
  path: '/stats',
  operation: 'readStats',
  document: {
    summary: 'Read what happened over time',
    description:
      'Counters kept beside the deliveries, a few seconds behind. They are no record: the counts that a crashed process had not written are missing. `hook` narrows them to one hook.',
    tag: 'Deliveries',
    query: statsQuerySchema,
    responses: { 200: { description: 'Counters by time, and the present backlog.', schema: statsSchema } },
  },
  async handle(call) {
    const { hook } = call.query;
    const range = readRange(call.query.range);
    const read = (pool: Pool) =>
      Promise.all([
        readStats(pool, call.workspace, [hook ?? ALL_HOOKS], range),
        hook === undefined ? readWorstHooks(pool, call.workspace, range.sinceMs, worstHooks) : [],
        listTroubledHooks(pool, call.workspace, maxTroubled),
        countWaiting(pool, call.workspace, maxCounted),
        countUndispatchedEvents(pool),
      ]);
    const [buckets, worst, troubled, backlog, undispatched] = await call.context.reads.run(read);
    const body: PrintedStats = {
      since: new Date(range.sinceMs).toISOString(),
      bucket_seconds: range.bucketMs / 1000,
      total: printCounts(addUp(buckets)),
      buckets: fillGaps(buckets, range).map((bucket) => ({
        start: new Date(bucket.startMs).toISOString(),
        ...printCounts(bucket),
      })),
      worst_hooks: worst.map(({ hookId, ...counts }) => ({ hook_id: hookId, ...printCounts(counts) })),
      troubled_hooks: troubled.map(({ id, enabled, disabled_reason, failing_since, breaker }) => ({
        hook_id: id,
        enabled,
        disabled_reason,
        failing_since: toIsoOrNull(failing_since),
        breaker,
      })),
      backlog: {
        waiting: backlog.waiting,
        next_due_at: toIsoOrNull(backlog.nextDueAt),
        undispatched_events: undispatched,
      },
    };
    return { status: 200, body };
  },
});

export const readHookStatsRoute = defineRoute({
  method: 'get',
  path: '/stats/hooks',
  operation: 'readHookStats',
  document: {
    summary: 'Read what happened over time, hook by hook',
    description: `\`ids\`: ${MAX_STATS_HOOKS} hooks at most, separated by commas.`,
    tag: 'Deliveries',
    query: hookStatsQuerySchema,
    responses: { 200: { description: 'A short series of each hook.', schema: hookStatsSchema } },
  },
  async handle(call) {
    const range = coarsen(readRange(call.query.range));
    const { ids } = call.query;
    const buckets = await call.context.reads.run((pool) => readStats(pool, call.workspace, ids, range));
    const byHook = Map.groupBy(buckets, ({ hookId }) => hookId);
    const data = [...byHook].map(([hookId, ofHook]) => ({
      hook_id: hookId,
      total: printCounts(addUp(ofHook)),
      series: fillGaps(ofHook, range).map(({ succeeded, failed }) => ({ succeeded, failed })),
    }));
    return { status: 200, body: { data } };
  },
});

/** The buckets up to the current one, which has not ended. */
function readRange(name: StatsRangeName): StatsRange {
  const { bucketSeconds, buckets } = STATS_RANGES[name];
  const bucketMs = bucketSeconds * 1000;
  const untilMs = (Math.floor(Date.now() / bucketMs) + 1) * bucketMs;
  return { sinceMs: untilMs - buckets * bucketMs, untilMs, bucketMs };
}

/** Lists show a quarter of the points. */
function coarsen({ bucketMs, ...range }: StatsRange): StatsRange {
  return { ...range, bucketMs: bucketMs * 4 };
}

function fillGaps(buckets: readonly StatsBucket[], { sinceMs, untilMs, bucketMs }: StatsRange) {
  const known = new Map(buckets.map((bucket) => [bucket.startMs, bucket]));
  return Array.from({ length: Math.ceil((untilMs - sinceMs) / bucketMs) }, (_, index) => {
    const startMs = sinceMs + index * bucketMs;
    return { ...(known.get(startMs) ?? emptyCounts()), startMs };
  });
}

function addUp(buckets: readonly StatsCounts[]): StatsCounts {
  const total = emptyCounts();
  for (const { durations, ...counts } of buckets) {
    for (const name of ['events', 'succeeded', 'failed', 'exhausted', 'suppressed'] as const)
      total[name] += counts[name];
    total.durations = total.durations.map((count, index) => count + (durations[index] ?? 0));
  }
  return total;
}

function printCounts(counts: StatsCounts): PrintedStats['total'] {
  const { events, succeeded, failed, exhausted, suppressed, durations } = counts;
  const duration_ms = {
    p50: quantileMs(durations, 0.5),
    p95: quantileMs(durations, 0.95),
    p99: quantileMs(durations, 0.99),
  };
  return { events, succeeded, failed, exhausted, suppressed, duration_ms };
}

/** Interpolates within the histogram's bucket, as Prometheus does; the open bucket gives its lower bound. Null without attempts. */
function quantileMs(durations: readonly number[], share: number): number | null {
  const total = durations.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let below = 0;
  for (const [index, count] of durations.entries()) {
    const lower = DURATION_BOUNDS_MS[index - 1] ?? 0;
    const upper = DURATION_BOUNDS_MS[index];
    if (upper === undefined) return lower;
    if (count > 0 && below + count >= share * total) return lower + ((upper - lower) * (share * total - below)) / count;
    below += count;
  }
  return null;
}
