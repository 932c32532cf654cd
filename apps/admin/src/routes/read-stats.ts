import { hookStatsSchema, STATS_RANGES, type StatsRangeName, statsSchema } from '@eventhooks/contract';
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
import { z } from 'zod';
import { apiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { queryText } from '../http/page.ts';
import type { Route } from '../http/route.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const worstHooks = 5;
const maxTroubled = 50;
/** Waiting deliveries are counted up to this many. */
const maxCounted = 10_000;
/** Hooks whose series one request gets. */
const maxHooks = 200;

const rangeQuery = z.object({
  range: z
    .enum(Object.keys(STATS_RANGES) as [StatsRangeName, ...StatsRangeName[]])
    .default('24h')
    .optional(),
});

export const readStatsRoute: Route = {
  method: 'get',
  path: '/stats',
  operation: 'readStats',
  document: {
    summary: 'Read what happened over time',
    description:
      'From counters kept beside the deliveries, a few seconds behind; no record: what a crashed process had not written is missing. With `hook`, of that hook alone.',
    tag: 'Deliveries',
    query: rangeQuery.extend({ hook: z.guid().optional() }),
    responses: { 200: { description: 'Counters by time, and the present backlog.', schema: statsSchema } },
    errors: [400],
  },
  async handle(call) {
    const { pool } = call.context.database;
    const range = readRange(call);
    const hook = queryText(call, 'hook');
    if (hook !== null && !UUID.test(hook)) throw apiError('bad_request', 'hook: expected a UUID');
    const [buckets, worst, troubled, backlog, undispatched] = await Promise.all([
      readStats(pool, call.workspace, [hook?.toLowerCase() ?? ALL_HOOKS], range),
      hook === null ? readWorstHooks(pool, call.workspace, range.sinceMs, worstHooks) : [],
      listTroubledHooks(pool, call.workspace, maxTroubled),
      countWaiting(pool, call.workspace, maxCounted),
      countUndispatchedEvents(pool),
    ]);
    const body = {
      since: new Date(range.sinceMs).toISOString(),
      bucket_seconds: range.bucketMs / 1000,
      total: printCounts(addUp(buckets)),
      buckets: fillGaps(buckets, range).map((bucket) => ({
        start: new Date(bucket.startMs).toISOString(),
        ...printCounts(bucket),
      })),
      worst_hooks: worst.map(({ hookId, ...counts }) => ({ hook_id: hookId, ...printCounts(counts) })),
      troubled_hooks: troubled.map(({ id, ...state }) => ({ hook_id: id, ...state })),
      backlog: { waiting: backlog.waiting, next_due_at: backlog.nextDueAt, undispatched_events: undispatched },
    };
    return { status: 200, body };
  },
};

export const readHookStatsRoute: Route = {
  method: 'get',
  path: '/stats/hooks',
  operation: 'readHookStats',
  document: {
    summary: 'Read what happened over time, hook by hook',
    description: `\`ids\`: ${maxHooks} hooks at most, separated by commas.`,
    tag: 'Deliveries',
    query: rangeQuery.extend({ ids: z.string() }),
    responses: { 200: { description: 'A short series of each hook.', schema: hookStatsSchema } },
    errors: [400],
  },
  async handle(call) {
    const ids = (queryText(call, 'ids') ?? '').split(',').filter((id) => id !== '');
    if (ids.length > maxHooks || !ids.every((id) => UUID.test(id))) {
      throw apiError('bad_request', `ids: expected at most ${maxHooks} UUIDs, separated by commas`);
    }
    const range = coarsen(readRange(call));
    const buckets = await readStats(call.context.database.pool, call.workspace, ids, range);
    const byHook = Map.groupBy(buckets, ({ hookId }) => hookId);
    const data = [...byHook].map(([hookId, ofHook]) => ({
      hook_id: hookId,
      total: printCounts(addUp(ofHook)),
      series: fillGaps(ofHook, range).map(({ succeeded, failed }) => ({ succeeded, failed })),
    }));
    return { status: 200, body: { data } };
  },
};

function readRange(call: Call): StatsRange {
  const name = queryText(call, 'range') ?? '24h';
  const known = Object.entries(STATS_RANGES).find(([range]) => range === name)?.[1];
  if (known === undefined) {
    throw apiError('bad_request', `range: expected one of: ${Object.keys(STATS_RANGES).join(', ')}`);
  }
  const bucketMs = known.bucketSeconds * 1000;
  const untilMs = (Math.floor(Date.now() / bucketMs) + 1) * bucketMs;
  return { sinceMs: untilMs - known.buckets * bucketMs, untilMs, bucketMs };
}

/** For lists: a quarter of the points. */
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

function printCounts({ events, succeeded, failed, exhausted, suppressed, durations }: StatsCounts) {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantileMs(durations, share));
  return { events, succeeded, failed, exhausted, suppressed, duration_ms: { p50, p95, p99 } };
}

/** Interpolated within the histogram's bucket, as Prometheus does; of the open one its lower bound. Null without attempts. */
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
