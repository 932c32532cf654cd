import { z } from 'zod';
import { WAITING_COUNTED } from './hooks.ts';
import { time } from './time.ts';

/** The times that `GET /stats` can look back on. */
export const STATS_RANGES = {
  '1h': { bucketSeconds: 60, buckets: 60 },
  '24h': { bucketSeconds: 900, buckets: 96 },
  '7d': { bucketSeconds: 7_200, buckets: 84 },
} as const;
export type StatsRangeName = keyof typeof STATS_RANGES;

const durationMs = z.number().nullable();
const statsCounts = {
  events: z.int().meta({ description: 'Published.' }),
  succeeded: z.int().meta({ description: 'Attempts that succeeded.' }),
  failed: z.int().meta({ description: 'Attempts that failed.' }),
  exhausted: z.int().meta({ description: 'Deliveries given up.' }),
  suppressed: z.int().meta({ description: 'Deliveries held back by snooze or on_change.' }),
  duration_ms: z
    .object({ p50: durationMs, p95: durationMs, p99: durationMs })
    .meta({ description: 'Durations of attempts; null without any.' }),
};
export const statsSchema = z
  .object({
    since: time,
    bucket_seconds: z.int(),
    total: z.object(statsCounts),
    buckets: z.array(z.object({ start: time, ...statsCounts })),
    worst_hooks: z
      .array(z.object({ hook_id: z.guid(), ...statsCounts }))
      .meta({ description: 'The hooks with the most failed attempts.' }),
    troubled_hooks: z
      .array(
        z.object({
          hook_id: z.guid(),
          enabled: z.boolean(),
          disabled_reason: z.string().nullable(),
          failing_since: time.nullable(),
          breaker: z.enum(['closed', 'open', 'half_open']),
        }),
      )
      .meta({ description: 'Hooks that we disabled, that have an open breaker or only fail; 50 at most.' }),
    backlog: z.object({
      waiting: z.int().meta({ description: 'Deliveries that wait, counted up to 10,000.' }),
      next_due_at: time.nullable(),
      undispatched_events: z.int().meta({ description: 'In the whole installation.' }),
    }),
  })
  .meta({ id: 'Stats' });
export type PrintedStats = z.output<typeof statsSchema>;
export const hookStatsSchema = z
  .object({
    data: z
      .array(
        z.object({
          hook_id: z.guid(),
          total: z.object(statsCounts),
          series: z.array(z.object({ succeeded: z.int(), failed: z.int() })),
        }),
      )
      .meta({ description: 'Hooks to which nothing happened are left out.' }),
  })
  .meta({ id: 'HookStats' });
export type PrintedHookStats = z.output<typeof hookStatsSchema>;

export const systemSchema = z
  .object({
    version: z.string(),
    processes: z
      .array(
        z.object({
          id: z.guid(),
          kind: z.enum(['admin', 'worker']),
          host: z.string(),
          pid: z.int(),
          version: z.string(),
          node: z.string(),
          is_scheduler: z.boolean(),
          is_alive: z.boolean(),
          started_at: time,
          seen_at: time,
        }),
      )
      .meta({ description: 'Processes that were seen within the last day.' }),
    queue: z.object({
      backend: z.enum(['postgres', 'redis']),
      jobs: z
        .array(z.object({ name: z.string(), waiting: z.int(), active: z.int(), delayed: z.int() }))
        .nullable()
        .meta({ description: 'null: the queue does not answer.' }),
      warnings: z.array(z.string()).meta({
        description: "Settings of the queue's store by which jobs may be lost, such as an eviction policy of Redis.",
      }),
    }),
    undispatched_events: z.int(),
    paused: z.object({
      hooks: z.int().meta({ description: 'Enabled hooks that are paused.' }),
      deliveries: z.int().max(WAITING_COUNTED).meta({
        description: 'Deliveries that wait because their hook is or was paused, counted up to the maximum.',
      }),
    }),
    postgresql: z.object({
      version: z.string(),
      database_bytes: z.int(),
      days: z
        .array(z.object({ day: z.string(), bytes: z.int() }))
        .meta({ description: 'Days (YYYYMMDD) of events, deliveries and attempts that are kept.' }),
    }),
    archive: z
      .object({
        last_day: z.string().nullable().meta({ description: 'The latest day (YYYY-MM-DD) that was archived.' }),
        days_waiting: z.int().meta({ description: 'Days past their retention that wait for the archive.' }),
        error: z.string().nullable().meta({ description: 'Why the archive takes nothing; null when it does.' }),
        failing_since: time.nullable(),
        checked_at: time,
      })
      .nullable()
      .meta({ description: 'null: there is none, or no worker has tried it yet.' }),
  })
  .meta({ id: 'System' });
export type PrintedSystem = z.output<typeof systemSchema>;
