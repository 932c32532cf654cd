import { z } from 'zod';
import { EVENT_LIMITS } from './event-limits.ts';
import { isHeaderName, isHeaderValue, isReservedHeader } from './http-header.ts';
import { parseRedactPath } from './redact.ts';
import { parseScheduleMs } from './retry-schedule.ts';

export const HANDLERS = ['webhook', 'webhook-custom', 'log', 'lambda'] as const;
export type Handler = (typeof HANDLERS)[number];

export const SIGNATURE_ALGORITHMS = ['sha1', 'sha256'] as const;
export const LANGUAGES = ['lua', 'javascript'] as const;

/** Bounds of one hook; everything a client can make grow is bounded here. */
export const HOOK_LIMITS = {
  nameLength: 255,
  urlLength: 2048,
  secretLength: 1024,
  headers: 50,
  headerNameLength: 128,
  headerValueLength: 8192,
  templateLength: 65_536,
  functions: 20,
  tags: 50,
  tagLength: 128,
  scheduleSteps: 50,
  snoozeSeconds: 31_536_000,
  timeoutMs: 120_000,
  rateLimit: 100_000,
  maxInFlight: 10_000,
  payloadDepth: 16,
  pemLength: 65_536,
  oldSecrets: 4,
  graceSeconds: 30 * 86_400,
  redactPaths: 20,
  redactPathLength: 256,
} as const;

const epochSeconds = z.int().min(0).max(4_102_444_800);
const sourceName = z.string().min(1).max(EVENT_LIMITS.nameLength);

const url = z
  .string()
  .min(1)
  .max(HOOK_LIMITS.urlLength)
  .refine(isHttpUrl, { error: 'expected an http or https URL' })
  .meta({ format: 'uri', example: 'https://webhook.site/a1b2c3-d4e5-g6h7-i8j9-k1l2m3n4o5p6' });

const headerName = z
  .string()
  .max(HOOK_LIMITS.headerNameLength)
  .refine(isHeaderName, { error: 'invalid header name' })
  .refine((name) => !isReservedHeader(name), { error: 'this header is set by the dispatcher' });
const headerValue = z
  .string()
  .max(HOOK_LIMITS.headerValueLength)
  .refine(isHeaderValue, { error: 'invalid header value' });
const headers = z
  .record(headerName, headerValue)
  .refine((map) => Object.keys(map).length <= HOOK_LIMITS.headers, {
    error: `expected at most ${HOOK_LIMITS.headers} headers`,
  })
  .meta({ description: 'Headers of the request, beside those the dispatcher sets.' });

const payload = z
  .record(z.string(), z.unknown())
  .refine((map) => JSON.stringify(map).length <= HOOK_LIMITS.templateLength, {
    error: `length must be at most ${HOOK_LIMITS.templateLength}`,
  })
  .meta({ description: 'Key/value pairs of the body; string values are templates when payload_format is true.' });

const secret = z.string().min(1).max(HOOK_LIMITS.secretLength).nullable();
const template = z.string().max(HOOK_LIMITS.templateLength);
const signatureAlgorithm = z.enum(SIGNATURE_ALGORITHMS);

const pem = z.string().min(1).max(HOOK_LIMITS.pemLength).nullable();
/** What is shown to and asked of a receiver that speaks TLS. */
const tlsFields = {
  ca: pem.meta({ description: "PEM: authorities that are trusted instead of the system's." }),
  client_cert: pem.meta({ description: 'PEM: the chain that is shown to the receiver; with `client_key`.' }),
  client_key: pem.meta({ description: 'PEM, without a passphrase.' }),
  ssl_verify: z.boolean(),
};

/** What a webhook's `config` holds. */
export const webhookConfigSchema = z.strictObject({
  ...tlsFields,
  headers,
  secret: secret.meta({ description: 'Signs the body; the signature is sent in x-kong-signature.' }),
  signature_algorithm: signatureAlgorithm,
  url,
});

/** What a custom webhook's `config` holds. */
export const webhookCustomConfigSchema = z.strictObject({
  ...tlsFields,
  body: template.nullable(),
  body_format: z.boolean(),
  headers,
  headers_format: z.boolean(),
  method: z
    .string()
    .max(32)
    .regex(/^[A-Z]+$/, { error: 'expected an upper-case HTTP method' })
    .refine((method) => method !== 'CONNECT', { error: 'CONNECT opens a tunnel and cannot be used' })
    .meta({ example: 'POST' }),
  payload: payload.nullable(),
  payload_format: z.boolean(),
  secret,
  signature_algorithm: signatureAlgorithm,
  url,
});

/** A log hook has nothing to configure. */
export const logConfigSchema = z.strictObject({});

/** What a lambda's `config` holds. */
export const lambdaConfigSchema = z.strictObject({
  functions: z.array(template.min(1)).min(1).max(HOOK_LIMITS.functions),
  language: z.enum(LANGUAGES),
});

const commonFields = {
  created_at: epochSeconds.meta({ description: 'Epoch seconds; set by the server.' }),
  enabled: z.boolean(),
  event: sourceName.nullable().meta({ description: 'null means every event of the source.', example: 'consumers' }),
  // Kong takes any 8-4-4-4-12, whatever its version and variant.
  id: z.guid(),
  max_in_flight: z.int().min(1).max(HOOK_LIMITS.maxInFlight).nullable(),
  name: z.string().min(1).max(HOOK_LIMITS.nameLength).nullable(),
  on_change: z.boolean().nullable(),
  rate_limit: z.int().min(1).max(HOOK_LIMITS.rateLimit).nullable().meta({ description: 'Deliveries a second.' }),
  redact: z
    .array(
      z
        .string()
        .max(HOOK_LIMITS.redactPathLength)
        .refine((path) => parseRedactPath(path) !== null, {
          error: "expected a path such as '$.body.entity.email', '$.headers[*]' or '$..password'",
        }),
    )
    .max(HOOK_LIMITS.redactPaths)
    .meta({ description: 'JSON paths whose values are left out of the records of attempts.' }),
  retry: z
    .strictObject({
      schedule: z
        .array(z.union([z.string().max(32), z.int()]))
        .max(HOOK_LIMITS.scheduleSteps)
        .refine((schedule) => parseScheduleMs(schedule) !== null, {
          error: "expected waits like '5s', '5m', '2h' or whole seconds, of 7 days at most",
        }),
    })
    .nullable(),
  snooze: z.int().min(0).max(HOOK_LIMITS.snoozeSeconds).nullable().meta({ description: 'Seconds.' }),
  source: sourceName.meta({ example: 'crud' }),
  tags: z
    .array(
      z
        .string()
        .min(1)
        .max(HOOK_LIMITS.tagLength)
        .regex(/^[^,/]+$/, { error: 'must not contain , or /' }),
    )
    .max(HOOK_LIMITS.tags),
  timeout: z.int().min(1).max(HOOK_LIMITS.timeoutMs).nullable().meta({ description: 'Milliseconds for one attempt.' }),
  updated_at: epochSeconds.meta({ description: 'Epoch seconds; set by the server.' }),
};

/** One schema a handler: a whole hook with every default filled in, as clients can write it. */
export const HOOK_SCHEMAS = {
  webhook: z.strictObject({ ...commonFields, handler: z.literal('webhook'), config: webhookConfigSchema }),
  'webhook-custom': z.strictObject({
    ...commonFields,
    handler: z.literal('webhook-custom'),
    config: webhookCustomConfigSchema,
  }),
  log: z.strictObject({ ...commonFields, handler: z.literal('log'), config: logConfigSchema }),
  lambda: z.strictObject({ ...commonFields, handler: z.literal('lambda'), config: lambdaConfigSchema }),
} satisfies Record<Handler, z.ZodType>;

/** What can still be said of a hook whose handler is missing or unknown. */
export const UNKNOWN_HANDLER_SCHEMA = z.strictObject({
  ...commonFields,
  handler: z.enum(HANDLERS),
  config: z.unknown(),
});

export type WebhookConfig = z.infer<typeof webhookConfigSchema>;
export type WebhookCustomConfig = z.infer<typeof webhookCustomConfigSchema>;
export type LogConfig = z.infer<typeof logConfigSchema>;
export type LambdaConfig = z.infer<typeof lambdaConfigSchema>;

/** What is kept of a hook beside what its client can write. */
interface HookRecord {
  workspace: string;
  /** Own fields (absent from Kong) that the client gave, e.g. `enabled` or `config.language`: these are printed even at their default. */
  explicit: string[];
  /** Secrets that were replaced, and sign still; the newest first. */
  old_secrets: OldSecret[];
  /** Fields that no key of ours opens, such as `config.secret`: empty here, and safe where they are stored. */
  unreadable: string[];
}

/** A secret after its rotation. */
export interface OldSecret {
  secret: string;
  /** Epoch seconds: from then on it signs no more. */
  ends_at: number;
}

/** A stored hook, every default filled in; `created_at` and `updated_at` in epoch seconds, `timeout` in ms, `snooze` in seconds. */
export type HookOf<H extends Handler> = z.infer<(typeof HOOK_SCHEMAS)[H]> & HookRecord;
export type WebhookHook = HookOf<'webhook'>;
export type WebhookCustomHook = HookOf<'webhook-custom'>;
export type LogHook = HookOf<'log'>;
export type LambdaHook = HookOf<'lambda'>;
export type Hook = WebhookHook | WebhookCustomHook | LogHook | LambdaHook;

export function isHandler(value: unknown): value is Handler {
  return typeof value === 'string' && Object.hasOwn(HOOK_SCHEMAS, value);
}

function isHttpUrl(value: string): boolean {
  const parsed = URL.parse(value);
  return parsed !== null && (parsed.protocol === 'http:' || parsed.protocol === 'https:') && parsed.hostname !== '';
}
