import { z } from 'zod';
import { defineField, type Fields, type ValuesOf } from '../field.ts';
import { HOOK_LIMITS } from '../hook-limits.ts';
import { findMethodFault, OFFERED_METHODS } from '../http-method.ts';
import { isJsonObject } from '../json.ts';
import type { Code, HandlerDefinition, RequestTemplates } from './define.ts';
import { httpFields } from './http.ts';

const method = z
  .string()
  .max(32)
  .check((context) => {
    const message = findMethodFault(context.value);
    if (message !== null) context.issues.push({ code: 'custom', message, input: context.value });
  })
  .meta({ example: 'POST', description: 'Upper case. A name that looks like a mistyped one is refused.' });

const payload = z
  // Not z.record, whose copy moves keys that look like array indexes.
  .custom<Record<string, unknown>>(isJsonObject, { error: 'expected a map' })
  .meta({ type: 'object', additionalProperties: {} })
  .refine((map) => JSON.stringify(map).length <= HOOK_LIMITS.templateLength, {
    error: `length must be at most ${HOOK_LIMITS.templateLength}`,
  })
  .nullable()
  .meta({
    description:
      'Key/value pairs of the body; string values are templates when payload_format is true. Encoded as the content-type header says.',
  });

const body = z
  .string()
  .max(HOOK_LIMITS.templateLength)
  .nullable()
  .meta({ description: 'The whole body, a template when body_format is true. It wins over the payload.' });

const { url, headers, ...transport } = httpFields;

const fields = {
  url,
  method: defineField(method, { form: { label: 'Method', section: 'target', suggestions: OFFERED_METHODS } }),
  ...transport,
  payload: defineField(payload, { default: null, form: { label: 'Payload', section: 'content' } }),
  payload_format: defineField(z.boolean(), {
    default: true,
    form: { label: 'The payload’s texts are templates', section: 'content' },
  }),
  body: defineField(body, { default: null, form: { label: 'Body', section: 'content', editor: 'template' } }),
  body_format: defineField(z.boolean(), {
    default: true,
    form: { label: 'The body is a template', section: 'content' },
  }),
  headers,
  headers_format: defineField(z.boolean(), {
    default: false,
    form: { label: 'The headers’ values are templates', section: 'content' },
  }),
} as const satisfies Fields;

/** A fault in one part of a config does not hide a template's fault in another. A flag that is no boolean leaves its part unread. */
const templateParts = z.object({
  payload: payload.catch(null),
  payload_format: fields.payload_format.schema.catch(false),
  body: body.catch(null),
  body_format: fields.body_format.schema.catch(false),
  headers: headers.schema.catch({}),
  headers_format: fields.headers_format.schema.catch(false),
});

/** Kong's `webhook-custom`: any request, made by templates. */
export const webhookCustom = {
  schemaId: 'CustomWebhookHook',
  label: 'Custom webhook',
  description: 'Any method, headers and body, from templates.',
  config: fields,
  start: {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    payload: { text: '{{ source }}/{{ event }} happened' },
  },
  checks: ['url', 'tls'],
  findCode,
  canPing: true,
  canBatch: true,
  canPreview: true,
  namesTestErrors: true,
  example: {
    id: '937df175-3db2-4e6d-8aa1-d95c94a76089',
    created_at: 1627588552,
    source: 'crud',
    event: 'admins',
    config: {
      method: 'POST',
      url: 'https://hooks.slack.com/services/foo/bar/baz',
      headers: { 'content-type': 'application/json' },
      payload: {
        text: 'Admin account `{{ entity.username }}` {{ operation}}d; email address set to `{{ entity.email }}`',
      },
    },
  },
} as const satisfies HandlerDefinition;

function findCode(config: unknown): Code | null {
  const parsed = templateParts.safeParse(config);
  return parsed.success ? { kind: 'templates', templates: templatesOf(parsed.data) } : null;
}

/** The parts of a custom webhook that the sandbox renders. */
export function templatesOf(config: Pick<ValuesOf<typeof fields>, keyof typeof templateParts.shape>): RequestTemplates {
  return {
    payload: config.payload,
    payloadFormat: config.payload_format,
    body: config.body,
    bodyFormat: config.body_format,
    headers: config.headers,
    headersFormat: config.headers_format,
  };
}
