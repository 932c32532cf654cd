import { typeOfSchema } from './type-of-schema.ts';

test.each<[object, string]>([
  [{}, 'unknown'],
  [{ type: 'string' }, 'string'],
  [{ type: ['integer', 'null'] }, 'number | null'],
  [{ enum: ['a', 1, null] }, '"a" | 1 | null'],
  [{ const: 'x' }, '"x"'],
  [{ type: 'array', items: { type: ['string', 'null'] } }, '(string | null)[]'],
  [{ type: 'object', additionalProperties: { type: 'number' } }, '{ [field: string]: number }'],
  [{ type: 'object', additionalProperties: false }, 'Record<string, never>'],
  [
    { type: 'object', required: ['a'], additionalProperties: false, properties: { a: { type: 'boolean' }, 'b-c': {} } },
    '{ a: boolean; "b-c"?: unknown }',
  ],
  [{ $ref: '#/$defs/a~1b', $defs: { 'a/b': { type: 'string' } } }, 'string'],
  [{ $ref: '#/nowhere' }, 'unknown'],
  [{ oneOf: [{ type: 'string' }, { type: 'number' }] }, 'string | number'],
  [{ allOf: [{ enum: [1, 2] }, { type: 'integer' }] }, '(1 | 2) & number'],
])('%j', (schema, type) => {
  expect(typeOfSchema(schema)).toBe(type);
});

test('a schema that refers to itself ends', () => {
  const schema = { type: 'object', properties: { next: { $ref: '#' } } };
  expect(typeOfSchema(schema)).toContain('next?: {');
});
