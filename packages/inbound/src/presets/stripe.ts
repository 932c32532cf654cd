import type { Preset } from './define.ts';

export const stripe: Preset = {
  documentation: 'Stripe Docs, "Receive Stripe events in your webhook endpoint", API version 2025-03-31',
  verify: { scheme: 'stripe', header: 'stripe-signature', tolerance: 300 },
  map: { source: "'stripe'", event: 'body.type', id: 'body.id' },
  setup: {
    steps: [
      'In the Dashboard: Developers, Webhooks, Add destination, Webhook endpoint.',
      'Endpoint URL: {url}',
      'Choose the events, and save.',
      'Reveal the signing secret (whsec_…), and give it to this endpoint.',
    ],
    hasOwnSecret: true,
  },
  catalogue: {
    'charge.*': { description: 'A charge succeeded, failed, was refunded or disputed.' },
    'checkout.session.*': { description: 'A checkout was completed, or has expired.' },
    'customer.*': { description: 'A customer, or one of its subscriptions and sources, changed.' },
    'invoice.*': { description: 'An invoice was made, finalized, paid, or could not be paid.' },
    'payment_intent.*': { description: 'A payment was made, succeeded, failed or was cancelled.' },
    'payout.*': { description: 'A payout was made, paid or failed.' },
  },
  samples: {
    'payment-succeeded': {
      body: {
        id: 'evt_1Q9XyZ2eZvKYlo2C0example',
        object: 'event',
        api_version: '2025-03-31.basil',
        created: 1_743_500_000,
        type: 'payment_intent.succeeded',
        livemode: false,
        data: { object: { id: 'pi_3Q9XyZ2eZvKYlo2C', object: 'payment_intent', amount: 2000, currency: 'eur' } },
      },
      events: [{ source: 'stripe', event: 'payment_intent.succeeded', id: 'evt_1Q9XyZ2eZvKYlo2C0example' }],
    },
  },
};
