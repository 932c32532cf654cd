import { z } from 'zod';
import { INBOUND_PRESETS, mapInputSchema, verifyInputSchema } from '../inbound.ts';
import { rateLimitSchema } from '../rate-limit.ts';

const fullVerify = verifyInputSchema
  .extend({ secrets: z.array(z.string().nullable()).nullish().meta({ description: 'null for viewers.' }) })
  .meta({ id: 'InboundVerifyShown' });

export const inboundSchema = z
  .object({
    id: z.guid(),
    name: z.string(),
    path: z.string().meta({ description: 'Where the sender posts to.' }),
    enabled: z.boolean(),
    tags: z.array(z.string()),
    rate_limit: rateLimitSchema,
    preset: z.enum(INBOUND_PRESETS).nullable(),
    verify: fullVerify,
    map: mapInputSchema,
    respond: z.object({ challenge: z.string(), verify_token: z.string().nullish() }).nullable(),
    created_at: z.int(),
    updated_at: z.int(),
  })
  .meta({ id: 'InboundEndpoint', description: "With the preset's values in the gaps." });
export type PrintedInbound = z.output<typeof inboundSchema>;

export const inboundRejectionSchema = z
  .object({
    time: z.string(),
    status: z.int(),
    reason: z.string(),
    headers: z.record(z.string(), z.string().nullable()).meta({ description: 'null for what may be a secret.' }),
  })
  .meta({ id: 'InboundRejection' });
export type PrintedRejection = z.output<typeof inboundRejectionSchema>;
