import type { Hook } from '../api/types.ts';
import type { FieldSpec, HandlerSpec } from './schema.ts';

/** The form's values by field path; undefined: not given. */
export type Values = Readonly<Record<string, unknown>>;

export interface Draft {
  handler: string;
  source: string;
  /** Empty: every event of the source. */
  event: string;
  values: Values;
}

export function startDraft({ name, start }: Pick<HandlerSpec, 'name' | 'start'>): Draft {
  const values = Object.fromEntries(Object.entries(start).map(([field, value]) => [`config.${field}`, value]));
  return { handler: name, source: 'crud', event: 'consumers', values };
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

/** The body of a PATCH: the fields that changed. An emptied field is null, which asks for the default. */
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
    // Without a schedule, all of `retry` is at its default.
    else if (first === 'retry' && value === null) body[first] = null;
    else body[first] = { ...(body[first] as object | undefined), [second]: value };
  }
  return body;
}
