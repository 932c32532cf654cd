type Schema = Readonly<Record<string, unknown>>;

/** Schemas may refer to themselves. */
const maxDepth = 6;

/** A value that a JSON Schema describes: its own example where it has one, else the plainest value of its type. */
export function sampleOfSchema(schema: unknown): unknown {
  return sampleOf(schema, schema, 0);
}

function sampleOf(given: unknown, root: unknown, depth: number): unknown {
  const schema = resolve(given, root);
  if (depth > maxDepth) return null;
  if (Array.isArray(schema.examples) && schema.examples.length > 0) return schema.examples[0];
  for (const name of ['const', 'default'] as const) if (schema[name] !== undefined) return schema[name];
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const [option] = [schema.oneOf, schema.anyOf].flatMap((options) => (Array.isArray(options) ? options : []));
  if (option !== undefined) return sampleOf(option, root, depth + 1);
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type;
  if (type === 'object' || schema.properties !== undefined) return sampleObject(schema, root, depth);
  if (type === 'array') return [sampleOf(schema.items, root, depth + 1)];
  if (type === 'string') return sampleText(schema);
  if (type === 'boolean') return true;
  if (type === 'integer' || type === 'number') return sampleNumber(schema);
  return null;
}

function sampleObject({ properties }: Schema, root: unknown, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(asSchema(properties)).map(([name, property]) => [name, sampleOf(property, root, depth + 1)]),
  );
}

const TEXTS: Readonly<Record<string, string>> = {
  'date-time': '2027-01-01T10:00:00Z',
  date: '2027-01-01',
  time: '10:00:00Z',
  email: 'ada@example.com',
  uuid: 'c1b7f1b8-8b7f-4a53-9a7f-3c5b0e6a3f10',
  uri: 'https://example.com/',
  ipv4: '198.51.100.7',
  hostname: 'example.com',
};

function sampleText({ format, minLength }: Schema): string {
  const text = TEXTS[String(format)] ?? 'text';
  return typeof minLength === 'number' ? text.padEnd(Math.min(minLength, 64), '.') : text;
}

function sampleNumber({ minimum, exclusiveMinimum, maximum }: Schema): number {
  if (typeof minimum === 'number') return minimum;
  if (typeof exclusiveMinimum === 'number') return exclusiveMinimum + 1;
  return typeof maximum === 'number' ? Math.min(1, maximum) : 1;
}

/** A schema with the place that it refers to, within its own document. */
function resolve(given: unknown, root: unknown): Schema {
  const schema = asSchema(given);
  if (typeof schema.$ref !== 'string' || !schema.$ref.startsWith('#/')) return schema;
  const path = schema.$ref.slice(2).split('/');
  return asSchema(path.reduce<unknown>((place, name) => asSchema(place)[name], root));
}

function asSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
