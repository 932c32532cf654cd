import { z } from 'zod';
import { parseDataCondition } from '../data-condition.ts';
import { isUuid } from '../uuid.ts';
import { auditEntrySchema } from './access.ts';
import type { StatsRangeName } from './activity.ts';
import { DELIVERY_STATUSES } from './deliveries.ts';
import { timeInput, timeQuery } from './time.ts';

/** The most rows on a page. */
export const MAX_PAGE_SIZE = 1_000;
const DEFAULT_PAGE_SIZE = 100;
/** The most hooks whose series one request may ask for. */
export const MAX_STATS_HOOKS = 200;

const idQuery = z.guid({ error: 'expected a UUID' }).toLowerCase();

/** The query of every paged list. Once read, `offset` is the last id of the page before. */
export const pageQuerySchema = z.object({
  size: z
    .preprocess(
      (text) => (typeof text === 'string' && /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN),
      z.int().min(1).max(MAX_PAGE_SIZE),
    )
    .default(DEFAULT_PAGE_SIZE)
    .meta({ description: 'Rows per page.' }),
  offset: z
    .string()
    .meta({ description: 'The cursor that the page before gave.' })
    .transform((cursor, context) => {
      const id = decodeCursor(cursor);
      if (id === null) context.addIssue({ code: 'custom', message: 'is no cursor' });
      return id ?? z.NEVER;
    })
    .optional(),
});

/** An id as the opaque `offset` of the page after it. */
export function encodeCursor(id: string): string {
  return btoa(id).replaceAll('=', '');
}

/** The id in a cursor (base64 in either alphabet); null if we did not make it. */
function decodeCursor(cursor: string): string | null {
  try {
    const id = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    return isUuid(id) && id === id.toLowerCase() ? id : null;
  } catch {
    return null;
  }
}

/** The search parameters of lists of deliveries and events. */
const searchQuery = {
  q: z
    .string()
    .max(256)
    .transform((text) => text.trim())
    .meta({
      description:
        "An id (of a delivery, which is its webhook-id, of an event or hook, or the publisher's), or words: all in the event's data, in what the receiver answered, or in the hook's name or URL. Not case-sensitive.",
      example: 'ada@example.com',
    })
    .optional(),
  data: z
    .string()
    .max(512)
    .transform((text, context) => {
      const condition = parseDataCondition(text);
      if (condition === null)
        context.addIssue({ code: 'custom', message: "expected a path and a value, such as 'entity.username=ada'" });
      return condition ?? z.NEVER;
    })
    .meta({ description: "A path into the event's data and the value there.", example: 'entity.username=ada' })
    .optional(),
};

/** The filters of lists and exports of deliveries. */
export const deliveryQuerySchema = z.object({
  hook: idQuery.optional(),
  status: z.enum(DELIVERY_STATUSES).optional(),
  source: z.string().optional(),
  event: z.string().optional(),
  event_id: idQuery.optional(),
  error_code: z.string().optional(),
  since: timeQuery.optional(),
  until: timeQuery.optional(),
});
export type DeliveryQuery = z.output<typeof deliveryQuerySchema>;

const cursorInput = z.string().transform((cursor, context) => {
  const id = decodeCursor(cursor);
  if (id === null) context.addIssue({ code: 'custom', message: 'is no cursor' });
  return id ?? z.NEVER;
});

const bulkAction = z.enum(['retry', 'cancel']);

const bulkFilter = z
  .strictObject({ ...deliveryQuerySchema.shape, since: timeInput.optional(), until: timeInput.optional() })
  .meta({ id: 'BulkFilter' });

/** The body of `POST /deliveries/bulk`. */
export const bulkInputSchema = z
  .union([
    z
      .strictObject({
        action: bulkAction,
        ids: z.array(z.guid().toLowerCase()).min(1).max(MAX_PAGE_SIZE),
      })
      .meta({ id: 'BulkByIds' }),
    z
      .strictObject({
        action: bulkAction,
        filter: bulkFilter,
        offset: cursorInput.nullish().meta({ description: 'As the step before gave it.' }),
      })
      .meta({ id: 'BulkByFilter' }),
  ])
  .meta({ id: 'BulkInput' });
export type BulkInput = z.output<typeof bulkInputSchema>;

export const bulkResultSchema = z
  .object({
    done: z.int().meta({ description: 'Deliveries that were changed.' }),
    ids: z.array(z.guid()).meta({ description: 'Which ones: to take it back, give them to the other action.' }),
    looked_at: z.int(),
    offset: z.string().nullable().meta({ description: 'For the next step; null when there is none.' }),
  })
  .meta({ id: 'BulkResult' });

/** Deliveries are counted up to this many. */
export const COUNTED_DELIVERIES = 100_000;

export const deliveryCountSchema = z
  .object({ count: z.int(), is_exact: z.boolean().meta({ description: 'false: there are more.' }) })
  .meta({ id: 'DeliveryCount' });

export const deliveryPageQuerySchema = pageQuerySchema.extend({ ...deliveryQuerySchema.shape, ...searchQuery });

export const eventPageQuerySchema = pageQuerySchema.extend({
  source: z.string().optional(),
  event: z.string().optional(),
  since: timeQuery.optional(),
  until: timeQuery.optional(),
  ...searchQuery,
  decisions: z.enum(['true', 'false']).optional().meta({ description: '`true`: each with the deliveries it led to.' }),
});

export const eventQuerySchema = pageQuerySchema.extend({
  decisions: z.enum(['true', 'false']).optional().meta({ description: '`true`: what each hook made of it.' }),
  hook: idQuery.optional().meta({ description: 'The decision of this hook alone.' }),
});

/** The query of requests that write a hook. */
export const hookWriteQuerySchema = z.object({
  ping: z.enum(['true', 'false']).default('true').meta({
    description: '`false`: a new URL is not pinged; the caller does so with `GET …/ping`, and sees the answer.',
  }),
});

export const testQuerySchema = z.object({
  details: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: "`true`: also the request as it was sent, the duration, and a lambda's log lines." }),
});

/** Kong's spelling of tags: a comma asks for all of them, a slash for any. Null asks for none. */
const tagsQuery = z
  .string()
  .transform((text) => {
    if (text === '') return null;
    return text.includes('/') ? { any: text.split('/') } : { all: text.split(',') };
  })
  .optional();

export const hookPageQuerySchema = pageQuerySchema.extend({
  tags: tagsQuery.meta({ description: '`a,b`: hooks with both; `a/b`: with either.' }),
});

export const inboundPageQuerySchema = pageQuerySchema.extend({
  tags: tagsQuery.meta({ description: '`a,b`: endpoints with both; `a/b`: with either.' }),
});

export const replayPageQuerySchema = pageQuerySchema.extend({ hook: idQuery.optional() });

export const auditPageQuerySchema = pageQuerySchema.extend({
  entity: auditEntrySchema.shape.entity.optional(),
  entity_id: z.string().optional(),
});

const rangeQuery = z.object({
  range: z.enum(['1h', '24h', '7d'] satisfies StatsRangeName[]).default('24h'),
});

export const statsQuerySchema = rangeQuery.extend({ hook: idQuery.optional() });

export const hookStatsQuerySchema = rangeQuery.extend({
  ids: z
    .string()
    .default('')
    .transform((text, context) => {
      const ids = text.split(',').filter((id) => id !== '');
      if (ids.length <= MAX_STATS_HOOKS && ids.every(isUuid)) return ids;
      context.addIssue({ code: 'custom', message: `expected at most ${MAX_STATS_HOOKS} UUIDs, separated by commas` });
      return z.NEVER;
    }),
});
