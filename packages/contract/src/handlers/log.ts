import type { HandlerDefinition } from './define.ts';

/** Kong's `log`: nothing to configure. */
export const log = {
  schemaId: 'LogHook',
  label: 'Log',
  description: 'Write a structured line to the worker’s log.',
  config: {},
  start: {},
  checks: [],
  canPing: false,
  canBatch: false,
  canPreview: false,
  namesTestErrors: true,
  example: {
    id: '13a16f91-68b6-4384-97f7-d02763a551ac',
    created_at: 1627346155,
    source: 'crud',
    event: 'routes',
    config: {},
  },
} as const satisfies HandlerDefinition;
