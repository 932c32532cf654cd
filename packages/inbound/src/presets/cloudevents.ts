import { bearerToken, type Preset } from './define.ts';

const isStructured = "'content-type' in headers && headers['content-type'].startsWith('application/cloudevents')";

/** An attribute from the headers of binary mode, else from the event itself. */
function attribute(name: string): string {
  return `'ce-${name}' in headers ? headers['ce-${name}'] : item.${name}`;
}

/** Structured, batched and binary mode. Percent-encoding in headers is not undone: events that need it go to POST /events. */
export const cloudevents: Preset = {
  documentation: 'CloudEvents 1.0.2, HTTP Protocol Binding and HTTP 1.1 Web Hooks for Event Delivery',
  verify: bearerToken,
  map: {
    source: attribute('source'),
    event: attribute('type'),
    id: attribute('id'),
    data: `${isStructured} ? (has(item.data) ? item.data : {}) : item == null ? {} : item`,
    split: 'body',
  },
  respond: { challenge: 'cloudevents' },
  setup: {
    steps: [
      'Let the sender post CloudEvents 1.0 to {url}, in binary, structured or batched mode.',
      'Header Authorization: Bearer {secret}',
      'A subscription that asks by OPTIONS (webhook-request-origin) is answered.',
    ],
  },
  catalogue: { '*': { description: 'A CloudEvent.' } },
  samples: {
    binary: {
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 'A234-1234-1234',
        'ce-source': '/shop/orders',
        'ce-type': 'com.example.order.paid',
      },
      body: { order: 7, amount: 19.99 },
      events: [{ source: '/shop/orders', event: 'com.example.order.paid', id: 'A234-1234-1234' }],
    },
    structured: {
      headers: { 'content-type': 'application/cloudevents+json' },
      body: {
        specversion: '1.0',
        id: 'B234-1234-1234',
        source: '/shop/orders',
        type: 'com.example.order.paid',
        data: { order: 8, amount: 5 },
      },
      events: [{ source: '/shop/orders', event: 'com.example.order.paid', id: 'B234-1234-1234' }],
    },
    batch: {
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: [
        { specversion: '1.0', id: 'C1', source: '/shop/orders', type: 'com.example.order.paid', data: { order: 9 } },
        { specversion: '1.0', id: 'C2', source: '/shop/orders', type: 'com.example.order.sent' },
      ],
      events: [
        { source: '/shop/orders', event: 'com.example.order.paid', id: 'C1' },
        { source: '/shop/orders', event: 'com.example.order.sent', id: 'C2' },
      ],
    },
  },
};
