import { z } from 'zod';
import { defineField, type Fields, shapeOf } from '../field.ts';
import { HOOK_LIMITS } from '../hook-limits.ts';
import type { Code, HandlerDefinition } from './define.ts';

export const LANGUAGES = ['lua', 'javascript'] as const;

const LUA_START = 'return function (data, event, source, pid)\n  kong.log.notice("got ", event)\n  return data\nend\n';
const JAVASCRIPT_START =
  'return function (data, event, source, pid) {\n  kong.log.notice("got ", event);\n  return data;\n}\n';

const functions = z.array(z.string().min(1).max(HOOK_LIMITS.templateLength)).min(1).max(HOOK_LIMITS.functions).meta({
  description:
    'They run in order; each one’s result is the next one’s data. An error, or nil and a reason, fails the attempt.',
});

const fields = {
  language: defineField(z.enum(LANGUAGES), {
    default: 'lua',
    isOwn: true,
    form: { label: 'Language', section: 'content' },
  }),
  functions: defineField(functions, {
    form: {
      label: 'Functions',
      section: 'content',
      editor: 'functions',
      starts: { lua: LUA_START, javascript: JAVASCRIPT_START },
    },
  }),
} as const satisfies Fields;

/** Not strict: an unknown field beside the functions does not hide their faults. */
const codeSchema = z.object(shapeOf(fields));

/** Kong's `lambda`: functions in a sandbox. */
export const lambda = {
  schemaId: 'LambdaHook',
  label: 'Lambda',
  description: 'Run Lua or JavaScript in a sandbox.',
  config: fields,
  start: { functions: [LUA_START] },
  checks: [],
  findCode,
  canPing: false,
  canBatch: false,
  canPreview: false,
  namesTestErrors: false,
  example: {
    id: 'c9fdd58d-5416-4d3a-9467-51e5cfe4ca0e',
    created_at: 1627595513,
    source: 'crud',
    event: 'consumers',
    config: {
      functions: [
        'return function (data, event, source, pid)\n local user = data.entity.username\n error("Event hook on consumer " .. user .. "")\nend\n',
      ],
    },
  },
} as const satisfies HandlerDefinition;

function findCode(config: unknown): Code | null {
  const parsed = codeSchema.safeParse(config);
  return parsed.success ? { kind: 'functions', ...parsed.data } : null;
}
