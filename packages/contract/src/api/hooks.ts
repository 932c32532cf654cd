import { z } from 'zod';
import { HANDLERS, type Handler, HOOK_LIMITS, HOOK_SCHEMAS } from '../hook.ts';
import { time } from './time.ts';

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
      z.strictObject({
        status: z.int(),
        headers: z.record(z.string(), z.unknown()),
        body: z.string(),
        error_code: z.string().optional().meta({ description: 'Set where an attempt would have failed.' }),
      }),
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
