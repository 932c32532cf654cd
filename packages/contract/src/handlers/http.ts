import { z } from 'zod';
import { defineField, type Fields } from '../field.ts';
import { HOOK_LIMITS } from '../hook-limits.ts';
import { headerNamePattern, isHeaderName, isHeaderValue, isReservedHeader } from '../http-header.ts';
import { parseHttpUrl } from '../http-url.ts';

export const SIGNATURE_ALGORITHMS = ['sha1', 'sha256'] as const;

const url = z
  .string()
  .min(1)
  .max(HOOK_LIMITS.urlLength)
  .check((context) => {
    const parsed = parseHttpUrl(context.value);
    if (!parsed.ok) context.issues.push({ code: 'custom', message: parsed.message, input: context.value });
  })
  .meta({ format: 'uri', example: 'https://webhook.site/a1b2c3-d4e5-g6h7-i8j9-k1l2m3n4o5p6' });

const headerName = z
  .string()
  .max(HOOK_LIMITS.headerNameLength)
  .refine(isHeaderName, { error: 'invalid header name' })
  .refine((name) => !isReservedHeader(name), { error: 'this header is set by the dispatcher' })
  .meta({ pattern: headerNamePattern.source });
const headerValue = z
  .string()
  .max(HOOK_LIMITS.headerValueLength)
  .refine(isHeaderValue, { error: 'invalid header value' });
const headers = z
  .record(headerName, headerValue)
  .refine((map) => Object.keys(map).length <= HOOK_LIMITS.headers, {
    error: `expected at most ${HOOK_LIMITS.headers} headers`,
  })
  .meta({
    maxProperties: HOOK_LIMITS.headers,
    description: 'Headers of the request, beside those the dispatcher sets.',
  });

const pem = z.string().min(1).max(HOOK_LIMITS.pemLength).nullable();

/** The `config` of handlers that send an HTTP request: its target, signature and TLS. */
export const httpFields = {
  url: defineField(url, { form: { label: 'URL', section: 'target' } }),
  headers: defineField(headers, {
    default: {},
    secret: 'header_values',
    form: { label: 'Headers', section: 'content' },
  }),
  secret: defineField(
    z.string().min(1).max(HOOK_LIMITS.secretLength).nullable().meta({
      description: 'Signs each body, so that the receiver can tell that it is ours; see x-kong-signature.',
    }),
    { default: null, secret: 'value', form: { label: 'Secret', section: 'target', editor: 'secret' } },
  ),
  signature_algorithm: defineField(z.enum(SIGNATURE_ALGORITHMS), {
    default: 'sha1',
    isOwn: true,
    form: { label: 'Algorithm of x-kong-signature', section: 'target' },
  }),
  ssl_verify: defineField(z.boolean(), {
    default: ({ sslVerify }) => sslVerify,
    form: { label: 'Check the receiver’s certificate', section: 'target' },
  }),
  ca: defineField(
    pem.meta({
      description:
        "Certificates in PEM (-----BEGIN CERTIFICATE-----): authorities that are trusted instead of the system's. They count while the certificate is checked.",
    }),
    {
      default: null,
      isOwn: true,
      form: { label: 'Trusted authorities', section: 'more', editor: 'pem' },
    },
  ),
  client_cert: defineField(
    pem.meta({
      description: 'The chain in PEM, your certificate first, that is shown to the receiver. It needs the client key.',
    }),
    { default: null, isOwn: true, form: { label: 'Client certificate', section: 'more', editor: 'pem' } },
  ),
  client_key: defineField(
    pem.meta({
      description: 'The private key of the client certificate in PEM, without a passphrase. It is stored encrypted.',
    }),
    {
      default: null,
      isOwn: true,
      secret: 'value',
      form: { label: 'Client key', section: 'more', editor: 'private_key' },
    },
  ),
} as const satisfies Fields;
