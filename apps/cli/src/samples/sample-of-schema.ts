import { isRecord } from '../api.ts';
import { resolvePointer } from '../json-pointer.ts';

type Schema = Record<string, unknown>;

const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  email: 'ada@example.com',
  hostname: 'example.com',
  ipv4: '203.0.113.7',
  time: '12:00:00Z',
  uri: 'https://example.com/',
  uuid: '6a1b2c3d-0000-4000-8000-000000000001',
};

/**
 * A value that a JSON Schema describes: its example, default or first choice if it has one, else the smallest that its type and
 * bounds allow. It ignores patterns and rarer keywords; the server then reports the fault.
 */
export function sampleOfSchema(schema: unknown, root: unknown = schema, depth = 0): unknown {
  if (!isRecord(schema) || depth > 32) return {};
  const { $ref, examples, oneOf, anyOf, allOf } = schema;
  if (Array.isArray(examples) && examples.length > 0) return examples[0];
  for (const key of ['example', 'default', 'const']) if (schema[key] !== undefined) return schema[key];
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (typeof $ref === 'string') return sampleOfSchema(resolvePointer($ref, root), root, depth + 1);
  for (const choice of [oneOf, anyOf]) if (Array.isArray(choice)) return sampleOfSchema(choice[0], root, depth + 1);
  if (Array.isArray(allOf))
    return sampleOfSchema(Object.assign({}, schema, { allOf: undefined }, ...allOf), root, depth + 1);
  return sampleOfType(schema, root, depth);
}

function sampleOfType(schema: Schema, root: unknown, depth: number): unknown {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'string':
      return sampleText(schema);
    case 'integer':
    case 'number':
      return sampleNumber(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return Array.from({ length: Math.max(1, Number(schema.minItems ?? 1)) }, () =>
        sampleOfSchema(schema.items ?? {}, root, depth + 1),
      );
    default:
      return sampleObject(schema, root, depth);
  }
}

function sampleObject({ properties }: Schema, root: unknown, depth: number): Schema {
  if (!isRecord(properties)) return {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, sampleOfSchema(property, root, depth + 1)]),
  );
}

function sampleText({ format, minLength, maxLength }: Schema): string {
  const text = (typeof format === 'string' ? FORMATS[format] : undefined) ?? 'text';
  const least = Number(minLength ?? 0);
  return text.padEnd(Math.min(least, 10_000), 'x').slice(0, Number(maxLength ?? Number.POSITIVE_INFINITY));
}

function sampleNumber({ minimum, exclusiveMinimum, maximum, multipleOf }: Schema): number {
  const least = Number(minimum ?? (exclusiveMinimum === undefined ? 1 : Number(exclusiveMinimum) + 1));
  const step = Number(multipleOf ?? 1);
  const value = Math.ceil(least / step) * step;
  return maximum === undefined ? value : Math.min(value, Number(maximum));
}
