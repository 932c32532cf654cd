import { z } from 'zod';
import { time } from './time.ts';

export const deliverySchema = z
  .object({
    id: z.guid(),
    event_id: z.guid(),
    hook_id: z.guid(),
    source: z.string(),
    event: z.string(),
    status: z.string(),
    reason: z.string().nullable(),
    error_code: z.string().nullable(),
    response_status: z.int().nullable(),
    attempt_count: z.int(),
    suppressed_count: z.int().nullable(),
    suppressed_until: time.nullable(),
    next_attempt_at: time.nullable(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Delivery' });
export const deliveryWithAttemptsSchema = deliverySchema
  .extend({ attempts: z.array(z.record(z.string(), z.unknown())) })
  .meta({ id: 'DeliveryWithAttempts' });

export const REPLAY_STATUSES = ['running', 'done', 'cancelled'] as const;
/** What can be replayed, by what became of it. */
export const REPLAYABLE_STATUSES = ['exhausted', 'cancelled', 'succeeded', 'suppressed', 'waiting'] as const;
const replayableStatus = z.enum(REPLAYABLE_STATUSES);
const timeInput = z.union([z.string().max(64), z.number()]);

export const replayInputSchema = z
  .strictObject({
    since: timeInput.nullish().meta({
      description:
        'Of events published at this time or later: ISO 8601, or epoch seconds. Without it, all that is kept.',
    }),
    until: timeInput
      .nullish()
      .meta({ description: 'Of events published before this time; now, at the latest and without it.' }),
    status: z
      .union([replayableStatus, z.array(replayableStatus).min(1).max(REPLAYABLE_STATUSES.length)])
      .nullish()
      .meta({
        description:
          'One or several; without it, what was not delivered: exhausted and cancelled. Of those waiting, what waits for its next retry.',
      }),
  })
  .meta({ id: 'ReplayInput' });

export const replaySchema = z
  .object({
    id: z.guid(),
    hook_id: z.guid(),
    status: z.enum(REPLAY_STATUSES),
    since: time.nullable(),
    until: time,
    statuses: z.array(replayableStatus),
    total: z.int().meta({ description: 'Deliveries to replay, as counted when it began.' }),
    done: z
      .int()
      .meta({ description: 'Deliveries that were handed over so far: due at once, with a fresh retry schedule.' }),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Replay' });
