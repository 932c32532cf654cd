import { headerOrNull, type Preset } from './define.ts';

export const shopify: Preset = {
  documentation: 'Shopify.dev, "Deliver webhooks through HTTPS", API version 2025-07',
  verify: { scheme: 'hmac', header: 'x-shopify-hmac-sha256', algorithm: 'sha256', encoding: 'base64', prefix: '' },
  map: { source: "'shopify'", event: "headers['x-shopify-topic']", id: headerOrNull('x-shopify-webhook-id') },
  setup: {
    steps: [
      'In the admin: Settings, Notifications, Webhooks, Create webhook.',
      'URL: {url}, format JSON.',
      'The page shows the secret with which all of them are signed: give it to this endpoint.',
    ],
    hasOwnSecret: true,
  },
  catalogue: {
    'orders/*': { description: 'An order was made, paid, fulfilled, changed or cancelled.' },
    'products/*': { description: 'A product was made, changed or deleted.' },
    'customers/*': { description: 'A customer was made, changed, enabled, disabled or deleted.' },
    'refunds/*': { description: 'A refund was made.' },
    'app/*': { description: 'The app was uninstalled, or its scopes changed.' },
  },
  samples: {
    'order-created': {
      headers: {
        'x-shopify-topic': 'orders/create',
        'x-shopify-shop-domain': 'shop.example.com',
        'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
      },
      body: {
        id: 820_982_911_946_154_500,
        currency: 'EUR',
        total_price: '19.99',
        line_items: [{ id: 1, title: 'Mug', quantity: 1 }],
      },
      events: [{ source: 'shopify', event: 'orders/create', id: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043' }],
    },
  },
};
