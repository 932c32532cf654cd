import type { Hook } from '../api/types.ts';
import type { FieldSpec } from './schema.ts';

/** What the form holds: a value for each field's path; undefined is not said. */
export type Values = Readonly<Record<string, unknown>>;

export interface Draft {
  handler: Hook['handler'];
  source: string;
  /** Empty: every event of the source. */
  event: string;
  values: Values;
}

export const LUA_START =
  'return function (data, event, source, pid)\n  kong.log.notice("got ", event)\n  return data\nend\n';
export const JAVASCRIPT_START =
  'return function (data, event, source, pid) {\n  kong.log.notice("got ", event);\n  return data;\n}\n';

export function startDraft(handler: Hook['handler']): Draft {
  const values = {
    webhook: {},
    'webhook-custom': {
      'config.method': 'POST',
      'config.headers': { 'content-type': 'application/json' },
      'config.payload': { text: '{{ source }}/{{ event }} happened' },
    },
    log: {},
    lambda: { 'config.functions': [LUA_START] },
  } as const satisfies Record<Hook['handler'], Values>;
  return { handler, source: 'crud', event: 'consumers', values: values[handler] };
}

export function draftOf(hook: Hook): Draft {
  const { handler, source, event, ...rest } = hook;
  return { handler, source, event: event ?? '', values: flatten(rest, '') };
}

function flatten(object: object, prefix: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => {
      const path = prefix + name;
      const isNested = (path === 'config' || path === 'retry') && typeof value === 'object' && value !== null;
      if (isNested) return Object.entries(flatten(value, `${path}.`));
      return value === null ? [] : [[path, value] as const];
    }),
  );
}

/** The body of a POST. */
export function bodyOf(
  { handler, source, event, values }: Draft,
  fields: readonly FieldSpec[],
): Record<string, unknown> {
  const given = fields.filter(({ path }) => isGiven(values[path])).map(({ path }) => [path, values[path]] as const);
  return { handler, source, event: event === '' ? null : event, ...nest(given) };
}

/** The body of a PATCH: what differs from the hook as it was. What is no longer said is null, which asks for the default. */
export function changesOf(before: Draft, after: Draft, fields: readonly FieldSpec[]): Record<string, unknown> {
  const changed = fields
    .filter(({ path }) => JSON.stringify(before.values[path]) !== JSON.stringify(after.values[path]))
    .map(({ path }) => [path, isGiven(after.values[path]) ? after.values[path] : null] as const);
  return {
    ...(before.source !== after.source && { source: after.source }),
    ...(before.event !== after.event && { event: after.event === '' ? null : after.event }),
    ...nest(changed),
  };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
}

function nest(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [path, value] of entries) {
    const [first = '', second] = path.split('.', 2);
    if (second === undefined) body[first] = value;
    // A schedule that is no more said takes the whole of `retry` with it.
    else if (first === 'retry' && value === null) body[first] = null;
    else body[first] = { ...(body[first] as object | undefined), [second]: value };
  }
  return body;
}
