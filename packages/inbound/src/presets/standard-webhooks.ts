import { headerOrNull, type Preset } from './define.ts';

export const standardWebhooks: Preset = {
  documentation: 'Standard Webhooks specification 1.0.0',
  verify: { scheme: 'standard-webhooks', tolerance: 300 },
  map: {
    source: "'standard-webhooks'",
    event: 'body.type',
    id: headerOrNull('webhook-id', `(${headerOrNull('svix-id')})`),
  },
  setup: {
    steps: ["Add an endpoint on the sender's page: {url}", 'Give the secret that it shows (whsec_…) to this endpoint.'],
    hasOwnSecret: true,
  },
  catalogue: { '*': { description: 'Sent by a sender of Standard Webhooks.' } },
  samples: {
    contact: {
      body: {
        type: 'contact.created',
        timestamp: '2026-01-05T10:00:00Z',
        data: { id: '1f81eb52', email: 'ada@example.com' },
      },
      events: [{ source: 'standard-webhooks', event: 'contact.created', id: 'msg_sample' }],
    },
  },
};
