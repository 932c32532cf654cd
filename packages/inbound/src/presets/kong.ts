import { headerOrNull, type Preset } from './define.ts';

export const kong: Preset = {
  documentation: 'Kong Gateway 3.14, "Event hooks"',
  verify: { scheme: 'hmac', header: 'x-kong-signature', algorithm: 'prefix', encoding: 'hex' },
  map: { source: "'kong.' + body.source", event: 'body.event', id: headerOrNull('webhook-id') },
  setup: {
    steps: ["Add an event hook with the handler webhook to Kong's Admin API."],
    snippet: `curl http://localhost:8001/event-hooks \\
  -d source=crud -d handler=webhook \\
  -d config.url={url} -d config.secret={secret}
`,
  },
  catalogue: { '*': { description: "An event of Kong Gateway's event hooks." } },
  samples: {
    consumer: {
      body: {
        source: 'crud',
        event: 'consumers',
        operation: 'create',
        entity: { id: '8fd1a0a3-1d8b-4f04-9d6f-2c4a1c0c9c11', username: 'Ada' },
        schema: 'consumers',
      },
      events: [{ source: 'kong.crud', event: 'consumers' }],
    },
  },
};
