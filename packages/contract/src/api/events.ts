import { z } from 'zod';
import { publishedEventSchema } from '../event.ts';
import { EVENT_LIMITS } from '../event-limits.ts';
import { userSourceSchema } from '../user-source.ts';
import { time } from './time.ts';

export const sourceEntrySchema = z
  .object({
    description: z.string().optional(),
    fields: z.array(z.string()),
    unique: z.array(z.string()).optional(),
    schema: z.record(z.string(), z.unknown()).optional().meta({ description: 'The schema of an event of your own.' }),
  })
  .meta({ id: 'SourceEvent' });
export const sourceEventsSchema = z.object({ data: z.record(z.string(), sourceEntrySchema) });
export const sourcesSchema = z.object({ data: z.record(z.string(), z.record(z.string(), sourceEntrySchema)) });
export const sourceInputSchema = userSourceSchema.meta({ id: 'SourceEventInput' });

const publishedEvent = publishedEventSchema.meta({ id: 'PublishedEvent' });
export const eventsInputSchema = z
  .union([publishedEvent, z.array(publishedEvent).min(1).max(EVENT_LIMITS.events)])
  .meta({ id: 'Publication' });

const receiptSchema = z
  .object({
    id: z.guid(),
    duplicate: z.literal(true).optional().meta({ description: 'This source and id were published before.' }),
  })
  .meta({ id: 'Receipt' });
const receiptListSchema = z.object({ data: z.array(receiptSchema) }).meta({ id: 'ReceiptList' });
export const receiptsSchema = z.union([receiptSchema, receiptListSchema]);
/** The answer of `POST /events/check`. */
export const checkedEventsSchema = z
  .object({ checked: z.int().meta({ description: 'The number of events.' }) })
  .meta({ id: 'CheckedEvents' });
export type PrintedReceipt = z.output<typeof receiptSchema>;

export const eventSchema = z
  .object({
    id: z.guid(),
    source: z.string(),
    event: z.string(),
    data: z.record(z.string(), z.unknown()),
    publisher_id: z.string().nullable(),
    created_at: time,
    deliveries: z
      .array(
        z.object({
          id: z.guid(),
          hook_id: z.guid(),
          status: z.string(),
          reason: z.string().nullable(),
          error_code: z.string().nullable(),
        }),
      )
      .optional()
      .meta({ description: 'With `decisions=true`: its deliveries, 20 at most.' }),
  })
  .meta({ id: 'Event' });
export type PrintedEvent = z.output<typeof eventSchema>;

/** The decision of one hook about one event. */
export const DECISIONS = [
  'fired',
  'suppressed',
  'filtered',
  'filter_error',
  'disabled',
  'paused',
  'other_event',
  'no_delivery',
] as const;
export type Decision = (typeof DECISIONS)[number];

const decisionSchema = z
  .object({
    hook_id: z.guid(),
    name: z.string().nullable(),
    decision: z.enum(DECISIONS).meta({
      description:
        'From the delivery where there is one, otherwise from the hook as it is now. `no_delivery`: it would hear, and a replay of events delivers it.',
    }),
    delivery_id: z.guid().nullable(),
    detail: z.string().nullable().meta({ description: "The delivery's status, a reason, or the error of a filter." }),
  })
  .meta({ id: 'Decision' });
export type PrintedDecision = z.output<typeof decisionSchema>;

export const eventWithDecisionsSchema = eventSchema
  .extend({
    decisions: z.array(decisionSchema).optional().meta({ description: 'With `decisions=true`: a page, one per hook.' }),
    next: z.string().nullable().optional().meta({ description: 'The path of the next page of decisions.' }),
    offset: z.string().optional(),
  })
  .meta({ id: 'EventWithDecisions' });
export type PrintedEventWithDecisions = z.output<typeof eventWithDecisionsSchema>;
