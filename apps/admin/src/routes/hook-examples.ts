/** The reference's examples, by handler. */
export const HOOK_EXAMPLES = {
  'webhook-custom': {
    config: {
      body: null,
      body_format: true,
      headers: { 'content-type': 'application/json' },
      headers_format: false,
      method: 'POST',
      payload: {
        text: 'Admin account `{{ entity.username }}` {{ operation}}d; email address set to `{{ entity.email }}`',
      },
      payload_format: true,
      secret: null,
      ssl_verify: false,
      url: 'https://hooks.slack.com/services/foo/bar/baz',
    },
    created_at: 1627588552,
    event: 'admins',
    handler: 'webhook-custom',
    id: '937df175-3db2-4e6d-8aa1-d95c94a76089',
    on_change: null,
    snooze: null,
    source: 'crud',
    updated_at: 1627588552,
  },
  webhook: {
    config: {
      headers: {},
      secret: null,
      ssl_verify: false,
      url: 'https://webhook.site/a1b2c3-d4e5-g6h7-i8j9-k1l2m3n4o5p6',
    },
    created_at: 1627581575,
    event: 'consumers',
    handler: 'webhook',
    id: 'c57340ab-9fed-40fd-bb7e-1cef8d37c2df',
    on_change: null,
    snooze: null,
    source: 'crud',
    updated_at: 1627581575,
  },
  lambda: {
    config: {
      functions: [
        'return function (data, event, source, pid)\n local user = data.entity.username\n error("Event hook on consumer " .. user .. "")\nend\n',
      ],
    },
    created_at: 1627595513,
    event: 'consumers',
    handler: 'lambda',
    id: 'c9fdd58d-5416-4d3a-9467-51e5cfe4ca0e',
    on_change: null,
    snooze: null,
    source: 'crud',
    updated_at: 1627595513,
  },
  log: {
    config: {},
    created_at: 1627346155,
    event: 'routes',
    handler: 'log',
    id: '13a16f91-68b6-4384-97f7-d02763a551ac',
    on_change: null,
    snooze: null,
    source: 'crud',
    updated_at: 1627346155,
  },
} as const;

/** What to send for them. */
export const HOOK_REQUEST_EXAMPLES = {
  webhook: {
    source: 'crud',
    event: 'consumers',
    handler: 'webhook',
    config: { url: 'https://webhook.site/a1b2c3-d4e5-g6h7-i8j9-k1l2m3n4o5p6' },
  },
  'webhook-custom': {
    source: 'crud',
    event: 'admins',
    handler: 'webhook-custom',
    config: {
      method: 'POST',
      url: 'https://hooks.slack.com/services/foo/bar/baz',
      headers: { 'content-type': 'application/json' },
      payload: HOOK_EXAMPLES['webhook-custom'].config.payload,
    },
  },
  log: { source: 'crud', event: 'routes', handler: 'log' },
  lambda: { source: 'crud', event: 'consumers', handler: 'lambda', config: HOOK_EXAMPLES.lambda.config },
} as const;
