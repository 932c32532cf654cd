import type { InboundEndpoint } from '../api/types.ts';
import type { FieldSpec } from '../hook-form/schema.ts';

/** The form's values by field path, such as `verify.header`. */
export type EndpointValues = Readonly<Record<string, unknown>>;

/** The values of an endpoint, or of a part of it. */
export function valuesOf(endpoint: object, prefix = ''): EndpointValues {
  return Object.fromEntries(
    Object.entries(endpoint).flatMap(([name, value]): [string, unknown][] => {
      if (value === null || value === undefined) return [];
      const isPart = typeof value === 'object' && !Array.isArray(value) && prefix === '' && name !== 'rate_limit';
      return isPart ? Object.entries(valuesOf(value, `${name}.`)) : [[prefix + name, value]];
    }),
  );
}

/** The body of a POST, or with `before` of a PATCH: what changed, and null for what asks for the preset's value again. */
export function bodyOf(values: EndpointValues, fields: readonly FieldSpec[], before?: EndpointValues) {
  const body: Record<string, unknown> = {};
  for (const { path } of fields) {
    const value = isGiven(values[path]) ? values[path] : null;
    const isChanged =
      before === undefined ? value !== null : JSON.stringify(value) !== JSON.stringify(before[path] ?? null);
    if (!isChanged) continue;
    const [first = '', second] = path.split('.', 2);
    if (second === undefined) body[first] = value;
    else body[first] = { ...(body[first] as object | undefined), [second]: value };
  }
  // A challenge has no parts that stand alone.
  if (body.respond !== undefined && values['respond.challenge'] === undefined) body.respond = null;
  return body;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
}

/** The source of the events that an endpoint makes, where its mapping names one source only. */
export function constantSourceOf({ map: { source } }: Pick<InboundEndpoint, 'map'>): string | null {
  const [, single, double] = /^\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*$/.exec(source ?? '') ?? [];
  return single ?? double ?? null;
}
