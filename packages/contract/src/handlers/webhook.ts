import type { HandlerDefinition } from './define.ts';
import { httpFields } from './http.ts';

/** Kong's `webhook`: the event as JSON, POSTed to a URL. */
export const webhook = {
  schemaId: 'WebhookHook',
  label: 'Webhook',
  description: 'POST the event as JSON to a URL, signed.',
  config: httpFields,
  start: {},
  checks: ['url', 'tls'],
  canPing: true,
  canBatch: true,
  canPreview: true,
  namesTestErrors: true,
  example: {
    id: 'c57340ab-9fed-40fd-bb7e-1cef8d37c2df',
    created_at: 1627581575,
    source: 'crud',
    event: 'consumers',
    config: { url: 'https://webhook.site/a1b2c3-d4e5-g6h7-i8j9-k1l2m3n4o5p6' },
  },
} as const satisfies HandlerDefinition;
