import { z } from 'zod';
import { canPreview, HANDLERS } from '../handlers/index.ts';
import { HOOK_FIELDS } from '../hook-fields.ts';
import { HOOK_LIMITS } from '../hook-limits.ts';
import { userSourceSchema } from '../user-source.ts';
import { time } from './time.ts';

const eventData = z.record(z.string(), z.unknown());
const oneOrMoreData = z.union([eventData, z.array(eventData).min(1).max(HOOK_LIMITS.batchSize)]);

export const testResultSchema = z
  .object({
    data: oneOrMoreData,
    result: z.union([
      z.strictObject({
        status: z.int(),
        headers: z.record(z.string(), z.unknown()),
        body: z.string(),
        error_code: z.string().optional().meta({ description: 'Set where an attempt would have failed.' }),
      }),
      z.strictObject({ value: z.unknown() }),
      z.strictObject({ error: z.string(), error_code: z.string().optional() }),
    ]),
    details: z
      .object({
        request: z
          .object({
            method: z.string(),
            url: z.string(),
            headers: z.record(z.string(), z.string()),
            body: z.string().nullish(),
          })
          .nullable()
          .meta({ description: 'As it was sent; null when nothing was.' }),
        duration_ms: z.number().nullable().meta({ description: 'null from a worker of the release before.' }),
        logs: z.array(z.object({ level: z.string(), message: z.string() })).meta({ description: 'Of a lambda.' }),
      })
      .optional()
      .meta({ description: 'Only with `details=true`.' }),
  })
  .meta({ id: 'TestResult' });

/** The body of `POST /event-hooks/test`: a hook that need not be stored, and an event's data. */
export const draftTestInputSchema = z
  .strictObject({
    source: z.string(),
    event: z.string(),
    handler: z.enum(HANDLERS),
    config: z.record(z.string(), z.unknown()).default({}),
    timeout: z.int().nullish(),
    batch: HOOK_FIELDS.batch.schema.optional(),
    data: oneOrMoreData.meta({ description: 'A list only with `batch`.' }),
  })
  .meta({ id: 'DraftTestInput' });

/** The body of `POST /event-hooks/render`: a hook that need not be stored, and an event's data. */
export const renderInputSchema = z
  .strictObject({
    source: z.string().meta({ minLength: 1 }),
    event: z
      .string()
      .meta({ minLength: 1, description: "The sample's event; with `events` one that the hook hears of." }),
    handler: z.enum(HANDLERS.filter(canPreview)).default('webhook-custom'),
    config: z.record(z.string(), z.unknown()),
    batch: HOOK_FIELDS.batch.schema.optional(),
    data: oneOrMoreData.meta({ description: 'A list only with `batch`.' }),
    events: HOOK_FIELDS.events.schema.optional(),
    filter: HOOK_FIELDS.filter.schema.optional(),
    paused: HOOK_FIELDS.paused.schema.optional(),
    expires_at: z.union([HOOK_FIELDS.expires_at.schema, z.int()]).optional(),
    order_by: HOOK_FIELDS.order_by.schema.optional(),
    on_exhausted: HOOK_FIELDS.on_exhausted.schema.optional(),
    sources: z.record(z.string(), z.record(z.string(), userSourceSchema)).optional().meta({
      description: 'Events that count as known for this preview: source, event, and what PUT takes for it.',
    }),
  })
  .meta({ id: 'RenderInput' });

const filterVerdict = z.enum(['passes', 'filtered', 'error']);

const filterPreviewSchema = z
  .object({
    verdict: filterVerdict,
    message: z.string().nullable().meta({ description: 'The error, with line and column.' }),
    recent: z.object({ events: z.int(), passing: z.int() }).meta({
      description: 'Of the last 1,000 events that the hook would hear of, those that the filter lets through.',
    }),
    latest: z
      .array(z.object({ id: z.guid(), event: z.string(), verdict: filterVerdict, created_at: time }))
      .meta({ description: 'The latest of these events, newest first; 5 at most.' }),
  })
  .meta({ id: 'FilterPreview' });
export type PrintedFilterPreview = z.output<typeof filterPreviewSchema>;

const filterPreview = filterPreviewSchema
  .optional()
  .meta({ description: 'With a filter: what it says of the data, and of past events.' });

/** The request that would be sent, unsigned, or the reason why there is none. */
export const renderResultSchema = z
  .union([
    z
      .object({
        request: z
          .object({
            method: z.string(),
            url: z.string(),
            headers: z.record(z.string(), z.string()),
            body: z.string().nullable(),
          })
          .meta({ id: 'RequestPreview' }),
        filter: filterPreview,
      })
      .meta({ id: 'RenderedRequest' }),
    z.object({ error: z.string(), error_code: z.string(), filter: filterPreview }).meta({ id: 'RenderFailure' }),
  ])
  .meta({ id: 'RenderResult' });
