import { z } from 'zod';
import { HOOK_FIELDS } from './hook-fields.ts';
import { HOOK_LIMITS } from './hook-limits.ts';
import { isHeaderName } from './http-header.ts';
import { type RateLimit, rateLimitSchema } from './rate-limit.ts';

/** Senders whose requests are understood without further configuration. */
export const INBOUND_PRESETS = [
  'github',
  'gitlab',
  'stripe',
  'slack',
  'shopify',
  'standard-webhooks',
  'alertmanager',
  'grafana',
  'argocd',
  'keycloak',
  'kong',
  'kong-http-log',
  'cloudevents',
  'generic',
] as const;
export type InboundPreset = (typeof INBOUND_PRESETS)[number];

export const INBOUND_LIMITS = {
  /** Secrets of one endpoint, while they rotate. */
  secrets: 5,
  prefixLength: 64,
  toleranceSeconds: 86_400,
  usernameLength: 255,
  expressionLength: 4_096,
  /** Sources and events that one endpoint adds to the catalogue. */
  names: 1_000,
  /** Rejections that are kept for each endpoint. */
  rejections: 100,
  /** Endpoints of one workspace: every admin keeps them in memory. */
  endpoints: 100,
} as const;

const defaultToleranceSeconds = 300;

const header = z
  .string()
  .max(HOOK_LIMITS.headerNameLength)
  .toLowerCase()
  .refine(isHeaderName, { error: 'expected the name of a header' });
const algorithm = z.enum(['sha1', 'sha256', 'sha512', 'prefix']);
const encoding = z.enum(['hex', 'base64']);
const prefix = z.string().max(INBOUND_LIMITS.prefixLength);
const secrets = z.array(z.string().min(1).max(HOOK_LIMITS.secretLength)).min(1).max(INBOUND_LIMITS.secrets);
const tolerance = z.int().min(1).max(INBOUND_LIMITS.toleranceSeconds);
const username = z.string().min(1).max(INBOUND_LIMITS.usernameLength);

/** The ways to tell that a request comes from the sender, each with the fields it needs. */
export const verificationSchema = z.discriminatedUnion('scheme', [
  z.strictObject({
    scheme: z.literal('hmac'),
    header,
    algorithm: algorithm.default('sha256'),
    encoding: encoding.default('hex'),
    prefix: prefix.default(''),
    secrets,
  }),
  z.strictObject({
    scheme: z.literal('standard-webhooks'),
    secrets,
    tolerance: tolerance.default(defaultToleranceSeconds),
  }),
  z.strictObject({
    scheme: z.literal('stripe'),
    header: header.default('stripe-signature'),
    secrets,
    tolerance: tolerance.default(defaultToleranceSeconds),
  }),
  z.strictObject({
    scheme: z.literal('slack'),
    header: header.default('x-slack-signature'),
    secrets,
    tolerance: tolerance.default(defaultToleranceSeconds),
  }),
  z.strictObject({
    scheme: z.literal('token'),
    header: header.default('authorization'),
    prefix: prefix.default(''),
    secrets,
  }),
  z.strictObject({ scheme: z.literal('basic'), username, secrets }),
  z.strictObject({ scheme: z.literal('none') }),
]);
export type Verification = z.output<typeof verificationSchema>;
export type VerificationScheme = Verification['scheme'];

/** `verify` as a client gives it: without `scheme` it changes the preset's. */
export const verifyInputSchema = z
  .strictObject({
    scheme: z
      .enum(['hmac', 'standard-webhooks', 'stripe', 'slack', 'token', 'basic', 'none'])
      .nullish()
      .meta({ description: "With a scheme it replaces the preset's; without, it is merged into it." }),
    header: header.nullish(),
    algorithm: algorithm.nullish().meta({ description: '`prefix`: the one that the value begins with, as `sha256=`.' }),
    encoding: encoding.nullish(),
    prefix: prefix.nullish().meta({ description: 'Stands before the signature or token, such as `sha256=`.' }),
    secrets: secrets.nullish().meta({ description: 'Several while they rotate: any of them is right.' }),
    tolerance: tolerance.nullish().meta({ description: 'Seconds between the signed time and now, either way.' }),
    username: username.nullish(),
  })
  .meta({ id: 'InboundVerify' });
export type VerifyInput = z.output<typeof verifyInputSchema>;

const expression = z.string().min(1).max(INBOUND_LIMITS.expressionLength).nullish();

/** `map` as a client gives it: each expression replaces the preset's. */
export const mapInputSchema = z
  .strictObject({
    source: expression,
    event: expression,
    id: expression.meta({
      description: 'Makes repeats harmless. Without one, or where it gives null: a hash of the body.',
    }),
    data: expression.meta({ description: 'Without one: the body, or the item of `split`.' }),
    split: expression.meta({ description: 'A list makes an event of each `item`.' }),
  })
  .meta({ id: 'InboundMap', description: 'CEL over `method`, `query`, `headers`, `body`, `raw` and `item`.' });
export type MapInput = z.output<typeof mapInputSchema>;

export const respondInputSchema = z
  .strictObject({
    challenge: z
      .enum(['url_verification', 'cloudevents', 'ping', 'hub.challenge'])
      .meta({ description: 'The question of the sender that is answered instead of published.' }),
    verify_token: z.string().min(1).max(HOOK_LIMITS.secretLength).nullish(),
  })
  .refine((respond) => respond.challenge !== 'hub.challenge' || Boolean(respond.verify_token), {
    path: ['verify_token'],
    error: 'required field missing',
  })
  .meta({ id: 'InboundRespond' });
export type Respond = z.output<typeof respondInputSchema>;

/** An endpoint's name is a segment of its paths. */
const endpointName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/, { error: 'expected letters, digits and . _ ~ - (64 at most)' });

export const inboundInputSchema = z
  .strictObject({
    name: endpointName,
    enabled: z.boolean().nullish(),
    tags: HOOK_FIELDS.tags.schema.nullish(),
    rate_limit: rateLimitSchema.optional(),
    preset: z.enum(INBOUND_PRESETS).nullish().meta({ description: 'Fills in what is not given below.' }),
    verify: verifyInputSchema.nullish(),
    map: mapInputSchema.nullish(),
    respond: respondInputSchema.nullish(),
  })
  .meta({ id: 'InboundEndpointInput' });
/** The name stands in the path; a body may repeat it. */
export const inboundPatchSchema = inboundInputSchema.extend({ name: endpointName.nullish() }).meta({
  id: 'InboundEndpointPatch',
  description: '`verify` and `map` are merged by field. What is not given stays.',
});

/** An inbound endpoint as it is kept: the preset's values are not copied into it. */
export interface InboundEndpoint {
  id: string;
  workspace: string;
  name: string;
  enabled: boolean;
  tags: string[];
  rate_limit: RateLimit | null;
  preset: InboundPreset | null;
  verify: VerifyInput;
  map: MapInput;
  respond: Respond | null;
  created_at: number;
  updated_at: number;
}
