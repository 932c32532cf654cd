import { compileDataSchema } from './data-schema.ts';
import { parseLossless } from './exact-json.ts';
import { isJsonObject, type JsonValue } from './json.ts';

function faultsOf(schema: Record<string, unknown>, data: JsonValue): string[] {
  const compiled = compileDataSchema(schema);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.check(JSON.stringify(data)).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

function refusalOf(schema: Record<string, unknown>): string {
  const compiled = compileDataSchema(schema);
  return compiled.ok ? 'taken' : compiled.message;
}

test('data is told where it does not meet the schema', () => {
  const schema = {
    type: 'object',
    properties: { a: { $ref: '#/$defs/positive' } },
    $defs: { positive: { type: 'integer', minimum: 1 } },
  };
  expect(faultsOf(schema, { a: 1 })).toEqual([]);
  expect(faultsOf(schema, { a: 0 })).toEqual(['a: must be >= 1']);
});

test('each pattern of a schema is its own', () => {
  const schema = {
    properties: { a: { pattern: '^a+$' }, b: { pattern: '^b+$' } },
    patternProperties: { '^x-': { type: 'string' } },
  };
  expect(faultsOf(schema, { a: 'aa', b: 'bb', 'x-c': 'd' })).toEqual([]);
  expect(faultsOf(schema, { a: 'bb', b: 'bb' })).toEqual(['a: must match pattern "^a+$"']);
  expect(faultsOf(schema, { a: 'aa', 'x-c': 1 })).toEqual(['x-c: must be string']);
});

test('a pattern that blows up elsewhere takes linear time', () => {
  expect(faultsOf({ pattern: '^(a+)+$' }, `${'a'.repeat(100_000)}!`)).toHaveLength(1);
});

test('draft-07 and 2020-12 are told apart by $schema', () => {
  const items = [{ type: 'string' }];
  expect(faultsOf({ $schema: 'http://json-schema.org/draft-07/schema#', items }, [1])).toEqual(['0: must be string']);
  expect(faultsOf({ $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: items }, [1])).toEqual([
    '0: must be string',
  ]);
  expect(refusalOf({ $schema: 'http://json-schema.org/draft-04/schema#' })).toMatch(/expected draft/);
});

function doubling(levels: number): Record<string, unknown> {
  const both = (level: number) => ({ allOf: [{ $ref: `#/$defs/l${level}` }, { $ref: `#/$defs/l${level}` }] });
  const levelsOf = Array.from({ length: levels }, (_, level) => [
    `l${level}`,
    level + 1 < levels ? both(level + 1) : {},
  ]);
  return { ...both(0), $defs: Object.fromEntries(levelsOf) };
}

test.each([
  ['of another document', { $ref: 'http://example.com/x' }, /does not point inside/],
  ['to nothing', { $ref: '#/$defs/x' }, /points at nothing/],
  ['to itself', { properties: { a: { $ref: '#' } } }, /recursive/],
  ['that doubles at each of many levels', doubling(40), /too many subschemas/],
  ['by $dynamicRef', { $dynamicRef: '#x' }, /not supported/],
  ['under an $id of its own', { $defs: { a: { $id: 'http://x/a' } } }, /\$id/],
  ['with unbounded uniqueItems', { uniqueItems: true }, /maxItems/],
  ['of an unknown type', { type: 'text' }, /schema is invalid/],
  ['with a pattern beyond RE2', { pattern: '(a)\\1' }, /regexp/],
])('a reference or keyword %s is refused', (_what, schema, reason) => {
  expect(refusalOf(schema)).toMatch(reason);
});

test.each([
  ['{"const":9007199254740993}', '9007199254740993', '9007199254740992'],
  ['{"const":9007199254740992}', '9007199254740992.0', '9007199254740993'],
  ['{"const":1e400}', '10e399', '1e401'],
  ['{"const":136.0}', '136', '136.5'],
  ['{"const":0.1}', '0.10', '0.1000000000000000055'],
  ['{"enum":[1,7615917337495251231]}', '7615917337495251231', '7615917337495251232'],
  ['{"enum":[[{"n":7615917337495251231}]]}', '[{"n":7615917337495251231}]', '[{"n":7615917337495251230}]'],
  ['{"not":{"const":9007199254740992}}', '9007199254740993', '9007199254740992'],
  [
    '{"uniqueItems":true,"maxItems":9}',
    '[9007199254740993,9007199254740992,{"a":1}]',
    '[9007199254740993,9007199254740993]',
  ],
])('F1 %s takes %s and refuses %s', (property, good, bad) => {
  const schema = parseLossless(`{"properties":{"x":${property}}}`);
  const compiled = compileDataSchema(isJsonObject(schema) ? schema : {});
  if (!compiled.ok) throw new Error(compiled.message);
  expect(compiled.check(`{"x":${good}}`)).toEqual([]);
  expect(compiled.check(`{"x":${bad}}`)).toHaveLength(1);
});

test('F2 bounds compare as doubles, and a number beyond them is a number', () => {
  const compiled = compileDataSchema({ properties: { x: { type: 'number', minimum: 9007199254740992 } } });
  if (!compiled.ok) throw new Error(compiled.message);
  expect(compiled.check('{"x":1e400}')).toEqual([]);
  expect(compiled.check('{"x":9007199254740993}')).toEqual([]);
  expect(compiled.check('{"x":9007199254740991.0}')).toEqual([{ path: ['x'], message: 'must be >= 9007199254740992' }]);
});

test('A1 a schema whose patterns are large altogether is refused', () => {
  expect(refusalOf({ pattern: '(a|b)*'.repeat(4_500) })).toMatch(/patterns are too large/);
  expect(refusalOf({ allOf: Array.from({ length: 900 }, (_, index) => ({ pattern: `^[a-z]{9}${index}$` })) })).toMatch(
    /patterns are too large/,
  );
  expect(refusalOf({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })).toBe('taken');
});

test('a schema of any size is refused in time', () => {
  let deep: Record<string, unknown> = {};
  for (let level = 0; level < 10_000; level += 1) deep = { not: deep };
  expect(refusalOf(deep)).toMatch(/nest/);
  expect(refusalOf({ enum: ['x'.repeat(70_000)] })).toMatch(/length/);
});
