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
