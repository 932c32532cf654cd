import type { Preset } from './define.ts';

/** Any sender of JSON that signs with HMAC, or with `verify` otherwise. */
export const generic: Preset = {
  documentation: 'the most common form of signed JSON; no sender of its own',
  verify: { scheme: 'hmac', header: 'x-signature', algorithm: 'sha256', encoding: 'hex', prefix: '' },
  map: { source: "'generic'", event: "has(body.event) ? body.event : has(body.type) ? body.type : 'received'" },
  setup: {
    steps: [
      'Let the sender post JSON to {url}',
      'Header x-signature: the HMAC-SHA256 of the body in hexadecimal, with the secret {secret}',
      'The field event or type of the body names the event. Other headers and fields are set in verify and map.',
    ],
  },
  catalogue: { '*': { description: 'Sent to an inbound endpoint of the preset generic.' } },
  samples: {
    order: {
      body: { type: 'order.paid', order: 7 },
      events: [{ source: 'generic', event: 'order.paid' }],
    },
  },
};
