import { bearerToken, type Preset } from './define.ts';

/** The plugin sends one entry, or a list of them where its queue has a `max_batch_size` above 1. */
export const kongHttpLog: Preset = {
  documentation: 'Kong Gateway 3.14, plugin "HTTP Log"',
  verify: bearerToken,
  map: {
    source: "'kong-http-log'",
    event: "item.response.status >= 500 ? 'request.error' : 'request'",
    id: 'has(item.request.id) ? item.request.id : null',
    split: 'body',
  },
  setup: {
    steps: ['Enable the plugin HTTP Log, for all requests or on a service or route.'],
    snippet: `curl http://localhost:8001/plugins \\
  -d name=http-log -d config.http_endpoint={url} \\
  --data-urlencode 'config.headers.Authorization=Bearer {secret}'
`,
  },
  catalogue: {
    request: { description: 'A request that Kong proxied, or answered itself.' },
    'request.error': { description: 'A request that was answered with a status of 500 or above.' },
  },
  samples: {
    entry: {
      body: {
        request: { id: '6bd9e83d5f8d1c3a4e5f60718293a4b5', method: 'GET', uri: '/orders', size: 120 },
        response: { status: 200, size: 934 },
        latencies: { request: 12, kong: 2, proxy: 10 },
        client_ip: '192.0.2.7',
        started_at: 1_767_607_200_000,
      },
      events: [{ source: 'kong-http-log', event: 'request', id: '6bd9e83d5f8d1c3a4e5f60718293a4b5' }],
    },
    batch: {
      body: [
        { request: { id: 'a1', method: 'GET', uri: '/orders' }, response: { status: 404 } },
        { request: { id: 'a2', method: 'POST', uri: '/orders' }, response: { status: 502 } },
      ],
      events: [
        { source: 'kong-http-log', event: 'request', id: 'a1' },
        { source: 'kong-http-log', event: 'request.error', id: 'a2' },
      ],
    },
  },
};
