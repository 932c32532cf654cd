import { z } from 'zod';
import { EVENT_LIMITS } from './event-limits.ts';
import { defineField, type Fields, type ValuesOf } from './field.ts';
import { HOOK_LIMITS } from './hook-limits.ts';
import { parseRedactPath } from './redact.ts';
import { parseScheduleMs } from './retry-schedule.ts';
import { parseTimeMs, TIME_FAULT } from './times.ts';

export const SNOOZE_EDGES = ['leading', 'trailing', 'both'] as const;

const epochSeconds = z.int().min(0).max(4_102_444_800);
const sourceName = z.string().min(1).max(EVENT_LIMITS.nameLength);

const retrySchema = z
  .strictObject({
    schedule: z
      // The bounds are only described here: the check below says more.
      .array(z.union([z.string().max(32), z.int().meta({ minimum: 0, maximum: 604_800 })]))
      .max(HOOK_LIMITS.scheduleSteps)
      .refine((schedule) => parseScheduleMs(schedule) !== null, {
        error: "expected waits like '5s', '5m', '2h' or whole seconds, of 7 days at most",
      })
      .meta({ description: "Waits between attempts, such as 5s, 5m, 2h; without it the installation's." }),
  })
  .meta({ id: 'Retry' });

const batchSchema = z
  .strictObject({
    size: z
      .int()
      .min(2)
      .max(HOOK_LIMITS.batchSize)
      .meta({
        description: 'The most events of one request.',
        'x-form': { label: 'Batch, in events', section: 'delivery' },
      }),
    wait: z
      .int()
      .min(0)
      .max(HOOK_LIMITS.batchWaitSeconds)
      .default(1)
      .meta({
        description: 'A request that is not full is sent this many whole seconds after its first event.',
        'x-form': { label: 'Wait for a batch, in seconds', section: 'delivery' },
      }),
  })
  .meta({ id: 'Batch' });

const tag = z
  .string()
  .min(1)
  .max(HOOK_LIMITS.tagLength)
  .regex(/^[^,/]+$/, { error: 'must not contain , or /' });

const redactPath = z
  .string()
  .max(HOOK_LIMITS.redactPathLength)
  .refine((path) => parseRedactPath(path) !== null, {
    error: "expected a path such as '$.body.entity.email', '$.headers[*]' or '$..password'",
  });

const eventName = z
  .string()
  .min(1)
  .max(2 * EVENT_LIMITS.nameLength);

const encoder = new TextEncoder();

/** An expression in CEL. What it says is checked where it can be compiled. */
const expression = z
  .string()
  .min(1)
  .refine((text) => encoder.encode(text).length <= HOOK_LIMITS.expressionBytes, {
    error: `is longer than ${HOOK_LIMITS.expressionBytes} bytes of UTF-8`,
  });

const isoTime = z
  .string()
  .max(64)
  .refine((text) => parseTimeMs(text) !== null, { error: TIME_FAULT })
  .overwrite((text) => {
    const timeMs = parseTimeMs(text);
    return timeMs === null ? text : new Date(timeMs).toISOString();
  });

/**
 * The fields of every hook, whatever its handler, in the order in which the form asks for them. To add one takes an entry here, a
 * migration that adds its column, and the code that uses it. A field that decides which events the hook fires on, or what it sends,
 * also belongs to the columns that give the hook a new revision.
 */
export const HOOK_FIELDS = {
  name: defineField(
    z.string().min(1).max(HOOK_LIMITS.nameLength).nullable().meta({ description: 'What people call this hook.' }),
    { default: null, isOwn: true, form: { label: 'Name', section: 'target' } },
  ),
  source: defineField(sourceName.meta({ example: 'crud' }), { form: null }),
  event: defineField(
    sourceName.nullable().meta({ description: 'null means every event of the source.', example: 'consumers' }),
    { default: null, form: null },
  ),
  events: defineField(
    z.array(eventName).min(1).max(HOOK_LIMITS.events).nullable().meta({
      description: 'Several events of the source, in place of `event`; `*` matches any run of characters: `user.*`.',
    }),
    { default: null, isOwn: true, form: { label: 'Events', section: 'hearing', editor: 'names' } },
  ),
  filter: defineField(
    expression.nullable().meta({
      description:
        'A CEL expression over `source`, `event`, `id`, `time` and `data`: the hook hears only of events for which it is true.',
      example: 'data.service.name == "payments"',
    }),
    { default: null, isOwn: true, form: { label: 'Filter', section: 'hearing', editor: 'expression' } },
  ),
  on_change: defineField(
    z.boolean().nullable().meta({ description: 'Fires only when the data differ from those it fired for last.' }),
    { default: null, form: { label: 'Only when the data changed', section: 'firing' } },
  ),
  snooze: defineField(
    z.int().min(0).max(HOOK_LIMITS.snoozeSeconds).nullable().meta({
      description: 'Seconds for which it is silent after it fired; with `on_change`, for the same data.',
    }),
    { default: null, form: { label: 'Snooze, in seconds', section: 'firing' } },
  ),
  snooze_edge: defineField(
    z.enum(SNOOZE_EDGES).nullable().meta({
      description:
        'Which event of a snooze fires: `leading`, the first; `trailing`, the last, once the snooze is over; or `both`. Only with `snooze`.',
    }),
    { default: null, isOwn: true, form: { label: 'Which event of a snooze fires', section: 'firing' } },
  ),
  enabled: defineField(z.boolean(), { default: true, isOwn: true, form: { label: 'Enabled', section: 'firing' } }),
  paused: defineField(
    z.boolean().nullable().meta({
      description: 'What fires waits until this is false. Nothing is lost meanwhile.',
    }),
    { default: null, isOwn: true, form: { label: 'Paused', section: 'firing' } },
  ),
  expires_at: defineField(
    isoTime.nullable().meta({
      description: 'The hook is disabled at this time. ISO 8601 (UTC where no zone is given), or epoch seconds.',
      example: '2027-01-01T00:00:00.000Z',
    }),
    {
      default: null,
      isOwn: true,
      column: 'iso_time',
      read: (given) => (typeof given === 'number' ? String(given) : given),
      form: { label: 'Expires at', section: 'firing', editor: 'time' },
    },
  ),
  batch: defineField(
    batchSchema.nullable().meta({
      description:
        'Several events in one request of a webhook: `{"size": 100, "wait": 5}`. With `order_by` each request carries one.',
      example: { size: 100, wait: 5 },
    }),
    { default: null, isOwn: true, column: 'json', form: { label: 'Batches', section: 'delivery' } },
  ),
  order_by: defineField(
    expression.nullable().meta({
      description:
        "A CEL expression over what `filter` sees. Deliveries with the same value go one after the other, in the order in which their events were accepted; `''` orders all.",
      example: 'data.customer_id',
    }),
    { default: null, isOwn: true, form: { label: 'In order, by key', section: 'delivery' } },
  ),
  on_exhausted: defineField(
    z.enum(['continue', 'hold']).nullable().meta({
      description:
        'With `order_by`: whether a key goes on after a delivery that is exhausted (`continue`, the default), or stands still until that delivery is retried with success or cancelled.',
    }),
    { default: null, isOwn: true, form: { label: 'When a delivery is exhausted', section: 'delivery' } },
  ),
  retry: defineField(retrySchema.nullable(), {
    default: null,
    isOwn: true,
    column: 'json',
    form: { label: 'Retry schedule', section: 'delivery' },
  }),
  timeout: defineField(
    z.int().min(1).max(HOOK_LIMITS.timeoutMs).nullable().meta({ description: 'Milliseconds for one attempt.' }),
    { default: null, isOwn: true, form: { label: 'Timeout of one attempt, in ms', section: 'delivery' } },
  ),
  rate_limit: defineField(
    z
      .int()
      .min(1)
      .max(HOOK_LIMITS.rateLimit)
      .nullable()
      .meta({ description: 'Deliveries per second, over all workers.' }),
    { default: null, isOwn: true, form: { label: 'Rate limit, deliveries per second', section: 'delivery' } },
  ),
  max_in_flight: defineField(
    z
      .int()
      .min(1)
      .max(HOOK_LIMITS.maxInFlight)
      .nullable()
      .meta({ description: 'Attempts at the same time, per worker.' }),
    { default: null, isOwn: true, form: { label: 'Attempts at the same time, per worker', section: 'delivery' } },
  ),
  tags: defineField(z.array(tag).max(HOOK_LIMITS.tags), {
    default: [],
    isOwn: true,
    form: { label: 'Tags', section: 'delivery' },
  }),
  redact: defineField(
    z.array(redactPath).max(HOOK_LIMITS.redactPaths).meta({
      description:
        'Paths whose values are left out of the records of attempts, such as $.body.entity.email, $.headers[*] or $..password.',
    }),
    { default: [], isOwn: true, form: { label: 'Redacted in records', section: 'more' } },
  ),
  // Kong takes any 8-4-4-4-12, whatever its version and variant.
  id: defineField(z.guid(), { default: ({ newId }) => newId, form: null }),
  created_at: defineField(epochSeconds.meta({ description: 'Epoch seconds; set by the server.' }), {
    default: ({ now }) => now,
    column: 'time',
    form: null,
  }),
  updated_at: defineField(epochSeconds.meta({ description: 'Epoch seconds; set by the server.' }), {
    default: ({ now }) => now,
    column: 'time',
    form: null,
  }),
} as const satisfies Fields;

export type HookFieldName = keyof typeof HOOK_FIELDS;
export type HookFieldValues = ValuesOf<typeof HOOK_FIELDS>;

/** The fields that the table keeps as this kind of column. */
export type HookFieldsKeptAs<C extends 'json' | 'time' | 'iso_time'> = {
  [N in HookFieldName]: (typeof HOOK_FIELDS)[N] extends { column: C } ? N : never;
}[HookFieldName];
