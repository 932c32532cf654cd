import { z } from 'zod';
import { time, timeInput } from './time.ts';

export const DELIVERY_STATUSES = ['waiting', 'succeeded', 'exhausted', 'suppressed', 'cancelled'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export const deliverySchema = z
  .object({
    id: z.guid(),
    event_id: z.guid(),
    hook_id: z.guid(),
    source: z.string(),
    event: z.string(),
    status: z.enum(DELIVERY_STATUSES),
    reason: z.string().nullable(),
    error_code: z.string().nullable(),
    response_status: z.int().nullable(),
    batch_id: z.guid().nullable().meta({
      description: 'The batch with which it was sent: the `webhook-id` of its requests.',
    }),
    attempt_count: z.int(),
    duration_ms: z.number().nullable().optional().meta({
      description: 'In lists: the duration of the last attempt; null before one.',
    }),
    suppressed_count: z.int().nullable(),
    suppressed_until: time.nullable(),
    next_attempt_at: time.nullable().meta({ description: 'null also while it waits behind another one of its key.' }),
    order_key: z.string().nullable().meta({
      description: "The value of the hook's `order_by`; a long one as `sha256:` and its hash. null without order.",
    }),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Delivery' });
export type PrintedDelivery = z.output<typeof deliverySchema>;

/** A request or an answer as recorded. Handlers send differently, so the record's fields differ by handler. */
const recordedMessageSchema = z
  .looseObject({
    method: z.string().optional(),
    url: z.string().optional(),
    status: z.int().optional(),
    headers: z.record(z.string(), z.string().nullable()).optional(),
    body: z.string().nullish(),
    bodyTruncated: z.boolean().optional(),
    log: z.unknown().optional().meta({ description: 'The line that a log hook wrote.' }),
    value: z.unknown().optional().meta({ description: 'The value that a lambda returned.' }),
    logs: z
      .array(z.looseObject({ level: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Lines that a lambda logged.' }),
  })
  .meta({ id: 'RecordedMessage' });
export type RecordedMessage = z.output<typeof recordedMessageSchema>;

const attemptSchema = z
  .object({
    number: z.int(),
    started_at: time,
    duration_ms: z.number(),
    ok: z.boolean(),
    error_code: z.string().nullable(),
    error_message: z.string().nullable(),
    request: recordedMessageSchema.nullable(),
    response: recordedMessageSchema.nullable(),
  })
  .meta({ id: 'Attempt' });
export type PrintedAttempt = z.output<typeof attemptSchema>;

export const deliveryWithAttemptsSchema = deliverySchema
  .extend({
    attempts: z.array(attemptSchema),
    behind: z.guid().nullable().meta({
      description: 'The delivery in front of those of its key, for which this one waits; null when there is none.',
    }),
  })
  .meta({ id: 'DeliveryWithAttempts' });
export type PrintedDeliveryWithAttempts = z.output<typeof deliveryWithAttemptsSchema>;

const replayableStatus = z.enum(DELIVERY_STATUSES);

export const replayInputSchema = z
  .strictObject({
    since: timeInput.nullish().meta({
      description:
        'Events published at this time or later: RFC 3339 (UTC where no zone is given), or epoch seconds. Absent: all that are kept.',
    }),
    until: timeInput
      .nullish()
      .meta({ description: 'Events published before this time. Absent, or later than now: now.' }),
    of: z.enum(['deliveries', 'events']).nullish().meta({
      description:
        '`events` delivers what the hook would hear of now and has no delivery for, or a cancelled one: a new hook gets the past. Absent: `deliveries`.',
    }),
    status: z
      .union([replayableStatus, z.array(replayableStatus).min(1).max(DELIVERY_STATUSES.length)])
      .nullish()
      .meta({
        description:
          'One or several. Absent: `exhausted` and `cancelled`, which were not delivered. `waiting` takes only what waits for its next retry.',
      }),
  })
  .meta({ id: 'ReplayInput' });
export type ReplayInput = z.output<typeof replayInputSchema>;

export const replaySchema = z
  .object({
    id: z.guid(),
    hook_id: z.guid(),
    status: z.enum(['running', 'done', 'cancelled']),
    since: time.nullable(),
    until: time,
    of: z.enum(['deliveries', 'events']),
    statuses: z.array(replayableStatus).meta({ description: 'Empty for a replay of events.' }),
    total: z.int().meta({
      description: 'Deliveries to replay, counted when the replay began; of events as many as were found so far.',
    }),
    done: z.int().meta({ description: 'Deliveries handed over so far: due at once, with a fresh retry schedule.' }),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Replay' });
export type PrintedReplay = z.output<typeof replaySchema>;
