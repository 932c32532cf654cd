import type { Preset } from './define.ts';

/** Any sender of JSON that signs with HMAC, or with `verify` otherwise. */
export const generic: Preset = {
  documentation: 'None: the most common form of signed JSON',
  verify: { scheme: 'hmac', header: 'x-signature', algorithm: 'sha256', encoding: 'hex', prefix: '' },
  map: { source: "'generic'", event: "has(body.event) ? body.event : has(body.type) ? body.type : 'received'" },
  catalogue: { '*': { description: 'Sent to an inbound endpoint of the preset generic.' } },
  samples: {
    order: {
      body: { type: 'order.paid', order: 7 },
      events: [{ source: 'generic', event: 'order.paid' }],
    },
  },
};
