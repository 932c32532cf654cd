import { z } from 'zod';
import { EVENT_LIMITS, publishedEventSchema } from './event.ts';
import { HANDLERS, type Handler, HOOK_LIMITS, HOOK_SCHEMAS } from './hook.ts';
import { userSourceSchema } from './user-source.ts';

/** The schemas of what the Admin API takes and answers, as /openapi.json publishes them. */

const OWN_FIELDS = {
  enabled: true,
  max_in_flight: true,
  name: true,
  rate_limit: true,
  redact: true,
  retry: true,
  tags: true,
  timeout: true,
} as const;

/** Viewers see the values of headers that may be credentials as null. */
const printedHeaders = z.record(z.string(), z.string().nullable());

const OWN_WEBHOOK_FIELDS = { ca: true, client_cert: true, client_key: true, signature_algorithm: true } as const;
const unreadable = z.array(z.string()).optional().meta({
  description: 'Fields whose stored values no key of EVENTHOOKS_SECRET_KEYS opens; absent when all are readable.',
});

const printedWebhookConfig = HOOK_SCHEMAS.webhook.shape.config
  .partial(OWN_WEBHOOK_FIELDS)
  .extend({ headers: printedHeaders });
const printedCustomConfig = HOOK_SCHEMAS['webhook-custom'].shape.config
  .partial(OWN_WEBHOOK_FIELDS)
  .extend({ headers: printedHeaders });
const printedLambdaConfig = HOOK_SCHEMAS.lambda.shape.config.partial({ language: true });

/** A hook as it is answered: our own fields only when they were given or differ from their default. */
export const printedHookSchema = z
  .discriminatedUnion('handler', [
    HOOK_SCHEMAS.webhook
      .partial(OWN_FIELDS)
      .extend({ config: printedWebhookConfig, unreadable })
      .meta({ id: 'WebhookHook' }),
    HOOK_SCHEMAS['webhook-custom']
      .partial(OWN_FIELDS)
      .extend({ config: printedCustomConfig, unreadable })
      .meta({ id: 'CustomWebhookHook' }),
    HOOK_SCHEMAS.log.partial(OWN_FIELDS).meta({ id: 'LogHook' }),
    HOOK_SCHEMAS.lambda.partial(OWN_FIELDS).extend({ config: printedLambdaConfig }).meta({ id: 'LambdaHook' }),
  ])
  .meta({ id: 'EventHook' });

const REQUIRED_CONFIG = {
  webhook: ['url'],
  'webhook-custom': ['url', 'method'],
  log: [],
  lambda: ['functions'],
} as const satisfies Record<Handler, readonly string[]>;

/** The same shape with everything but `required` optional; null asks for the default. */
function asInput(shape: Record<string, z.ZodType>, required: readonly string[]): z.ZodObject {
  const fields = Object.entries(shape).map(([key, field]) => [key, required.includes(key) ? field : field.nullish()]);
  return z.strictObject(Object.fromEntries(fields));
}

function hookInput(handler: Handler, { isPatch }: { isPatch: boolean }): z.ZodObject {
  const { config, ...fields } = HOOK_SCHEMAS[handler].shape;
  const configInput = asInput(config.shape, isPatch ? [] : REQUIRED_CONFIG[handler]);
  const isConfigOptional = isPatch || REQUIRED_CONFIG[handler].length === 0;
  return asInput({ ...fields, config: isConfigOptional ? configInput.nullish() : configInput }, [
    'config',
    ...(isPatch ? [] : ['handler', 'source']),
  ]).meta({ description: `A hook whose handler is ${handler}.` });
}

/** What POST and PUT take. */
export const hookInputSchema = z
  .union(HANDLERS.map((handler) => hookInput(handler, { isPatch: false })))
  .meta({ id: 'EventHookInput' });

/** What PATCH takes. */
export const hookPatchSchema = z
  .union(HANDLERS.map((handler) => hookInput(handler, { isPatch: true })))
  .meta({ id: 'EventHookPatch' });

/** What `POST /event-hooks/{id}/rotate-secret` takes. */
export const rotateSecretInputSchema = z
  .strictObject({
    secret: z
      .string()
      .min(1)
      .max(HOOK_LIMITS.secretLength)
      .nullish()
      .meta({ description: 'Absent: one is made, `whsec_` and base64.' }),
    grace_period: z
      .int()
      .min(0)
      .max(HOOK_LIMITS.graceSeconds)
      .nullish()
      .meta({ description: 'Seconds for which older secrets sign beside the new one; default 86400.' }),
  })
  .meta({ id: 'RotateSecretInput' });
export type RotateSecretInput = z.infer<typeof rotateSecretInputSchema>;

export const hookSecretsSchema = z
  .object({
    data: z.array(
      z.object({
        secret: z.string().nullable(),
        ends_at: z.int().nullable().meta({ description: 'Epoch seconds; null for the current one.' }),
      }),
    ),
  })
  .meta({ id: 'HookSecrets' });

export const messageSchema = z.object({ message: z.string() }).meta({ id: 'Error' });

/** Why a handler could not run, with its stable code. */
export const failureSchema = messageSchema.extend({ error_code: z.string() }).meta({ id: 'Failure' });

const faultTree = z.record(z.string(), z.unknown()).meta({
  description: 'Faults nested as the body nests: a message at each field that has one.',
});
export const schemaViolationSchema = z
  .object({
    code: z.literal(2),
    name: z.literal('schema violation'),
    message: z.string(),
    fields: faultTree,
    faults: z
      .array(z.object({ index: z.int(), field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Of a refused publication: the faults of each event, by its index from 0.' }),
  })
  .meta({ id: 'SchemaViolation' });

export const codedErrorSchema = z
  .object({ code: z.int(), name: z.string(), message: z.string(), fields: faultTree.optional() })
  .meta({ id: 'CodedError' });

/** A page of a list. */
export function pageSchema(item: z.ZodType): z.ZodObject {
  return z.object({
    data: z.array(item),
    next: z.string().nullable().meta({ description: 'The path of the next page; null on the last.' }),
    offset: z.string().optional().meta({ description: "The next page's cursor." }),
  });
}

export const pingSchema = z
  .object({
    source: z.literal('kong:event_hooks'),
    event: z.literal('ping'),
    event_hooks: printedHookSchema,
  })
  .meta({ id: 'Ping' });

export const testResultSchema = z
  .object({
    data: z.record(z.string(), z.unknown()),
    result: z.union([
      z.strictObject({ status: z.int(), headers: z.record(z.string(), z.unknown()), body: z.string() }),
      z.strictObject({ value: z.unknown() }),
      z.strictObject({ error: z.string(), error_code: z.string().optional() }),
    ]),
  })
  .meta({ id: 'TestResult' });

/** What `POST /event-hooks/render` takes: a webhook of either kind that need not be stored, and an event's data. */
export const renderInputSchema = z
  .strictObject({
    source: z.string(),
    event: z.string(),
    handler: z.enum(['webhook', 'webhook-custom']).default('webhook-custom'),
    config: z.record(z.string(), z.unknown()),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'RenderInput' });

/** The request that would be sent, unsigned; or why there is none. */
export const renderResultSchema = z
  .union([
    z.object({
      request: z.object({
        method: z.string(),
        url: z.string(),
        headers: z.record(z.string(), z.string()),
        body: z.string().nullable(),
      }),
    }),
    z.object({ error: z.string(), error_code: z.string() }),
  ])
  .meta({ id: 'RenderResult' });

export const sourceEntrySchema = z
  .object({
    description: z.string().optional(),
    fields: z.array(z.string()),
    unique: z.array(z.string()).optional(),
    schema: z.record(z.string(), z.unknown()).optional().meta({ description: 'Of an event of your own.' }),
  })
  .meta({ id: 'SourceEvent' });
export const sourceEventsSchema = z.object({ data: z.record(z.string(), sourceEntrySchema) });
export const sourcesSchema = z.object({ data: z.record(z.string(), z.record(z.string(), sourceEntrySchema)) });
export const sourceInputSchema = userSourceSchema.meta({ id: 'SourceEventInput' });

export const eventsInputSchema = z
  .union([
    publishedEventSchema.meta({ id: 'PublishedEvent' }),
    z.array(publishedEventSchema).min(1).max(EVENT_LIMITS.events),
  ])
  .meta({ id: 'Publication' });
const receiptSchema = z.object({
  id: z.guid(),
  duplicate: z.literal(true).optional().meta({ description: 'This source and id were published before.' }),
});
export const receiptsSchema = z.union([receiptSchema, z.object({ data: z.array(receiptSchema) })]);

/** Times of what is ours are ISO 8601. */
const time = z.iso.datetime();

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
      .meta({ description: 'With `decisions=true`: the hooks it met, and what became of each, 20 at most.' }),
  })
  .meta({ id: 'Event' });

/** More waiting deliveries are not counted one by one. */
export const WAITING_COUNTED = 100_000;

export const hookStatusSchema = z
  .object({
    breaker: z.object({
      state: z.enum(['closed', 'open', 'half_open']).meta({
        description: 'Open: the endpoint is left alone until its probe. Half-open: the probe is under way.',
      }),
      opened_at: time.nullable(),
      probe_at: time.nullable().meta({ description: 'When the next probe may go.' }),
    }),
    failing_since: time
      .nullable()
      .meta({ description: 'Since when no delivery succeeded; null when the last one did.' }),
    disabled_reason: z
      .string()
      .nullable()
      .meta({ description: 'Why the hook was disabled, where that was not by hand.' }),
    waiting: z.int().max(WAITING_COUNTED).meta({ description: 'Waiting deliveries, counted up to the maximum.' }),
    due_since: time.nullable().meta({ description: 'Since when the oldest of those that could go now has been due.' }),
  })
  .meta({ id: 'HookStatus' });

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

/** What `GET /stats` can look back on. */
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
    .meta({ description: 'Of attempts; null without any.' }),
};
export const statsSchema = z
  .object({
    since: time,
    bucket_seconds: z.int(),
    total: z.object(statsCounts),
    buckets: z.array(z.object({ start: time, ...statsCounts })),
    worst_hooks: z
      .array(z.object({ hook_id: z.guid(), ...statsCounts }))
      .meta({ description: 'With the most failed attempts.' }),
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
      .meta({ description: 'Disabled by us, with an open breaker, or doing nothing but fail; 50 at most.' }),
    backlog: z.object({
      waiting: z.int().meta({ description: 'Deliveries that wait, counted up to 10,000.' }),
      next_due_at: time.nullable(),
      undispatched_events: z.int().meta({ description: 'Of the whole installation.' }),
    }),
  })
  .meta({ id: 'Stats' });
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
      .meta({ description: 'Those of the last day.' }),
    queue: z.object({
      backend: z.enum(['postgres', 'redis']),
      jobs: z
        .array(z.object({ name: z.string(), waiting: z.int(), active: z.int(), delayed: z.int() }))
        .nullable()
        .meta({ description: 'null: the queue does not answer.' }),
    }),
    undispatched_events: z.int(),
    postgresql: z.object({
      version: z.string(),
      database_bytes: z.int(),
      days: z
        .array(z.object({ day: z.string(), bytes: z.int() }))
        .meta({ description: 'Days (YYYYMMDD) of events, deliveries and attempts that are kept.' }),
    }),
  })
  .meta({ id: 'System' });

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

/** Names as they stand at the front of paths. */
export const WORKSPACE_NAME = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/;
export const workspaceInputSchema = z
  .strictObject({
    name: z.string().regex(WORKSPACE_NAME, { error: 'expected letters, digits and . _ ~ - (64 at most)' }),
    comment: z.string().max(1024).nullish(),
  })
  .meta({ id: 'WorkspaceInput' });
export const workspaceSchema = z
  .object({ id: z.guid(), name: z.string(), comment: z.string().nullable(), created_at: z.int() })
  .meta({ id: 'Workspace' });

export const ROLES = ['admin', 'publisher', 'viewer'] as const;
export type Role = (typeof ROLES)[number];
export const tokenInputSchema = z
  .strictObject({
    name: z.string().min(1).max(255).nullish(),
    role: z.enum(ROLES),
    workspace: z.string().nullish().meta({ description: 'The only workspace it opens; null opens all.' }),
    expires_at: z.int().min(0).max(4_102_444_800).nullish().meta({ description: 'Epoch seconds.' }),
  })
  .meta({ id: 'TokenInput' });
export const tokenSchema = z
  .object({
    id: z.guid(),
    name: z.string().nullable(),
    role: z.enum(ROLES),
    workspace: z.string().nullable(),
    expires_at: z.int().nullable(),
    last_used_at: z.int().nullable(),
    created_at: z.int(),
  })
  .meta({ id: 'Token' });
export const createdTokenSchema = tokenSchema
  .extend({ token: z.string().meta({ description: 'Shown this once.' }) })
  .meta({ id: 'CreatedToken' });

export const auditEntrySchema = z
  .object({
    id: z.guid(),
    workspace: z.string().nullable(),
    actor: z.string(),
    address: z.string().nullable(),
    request_id: z.string().nullable(),
    action: z.enum(['create', 'update', 'delete']),
    entity: z.enum(['event_hooks', 'replays', 'sources', 'tokens', 'workspaces']),
    entity_id: z.string(),
    before: z.unknown().meta({ description: 'Without secrets; null before a creation.' }),
    after: z.unknown(),
    created_at: z.int(),
  })
  .meta({ id: 'AuditEntry' });
