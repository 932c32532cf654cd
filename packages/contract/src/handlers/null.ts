import type { HandlerDefinition } from './define.ts';

/** Takes every event and does nothing with it. */
export const nothing = {
  schemaId: 'NullHook',
  label: 'Null',
  description: 'Take the event and do nothing.',
  config: {},
  start: {},
  checks: [],
  canPing: false,
  canPreview: false,
  namesTestErrors: true,
  example: {
    id: '5d0f7b0e-3c55-4f0e-9a51-0a4b8a1f3c1d',
    created_at: 1627346155,
    source: 'crud',
    event: 'routes',
    config: {},
  },
} as const satisfies HandlerDefinition;
