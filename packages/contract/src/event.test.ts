import { BUILTIN_SOURCES } from './builtin-sources.ts';
import { expandEvent, findNameFault } from './catalogue.ts';
import { validateEvents } from './event.ts';
import { mergeCatalogue } from './user-source.ts';

const good = { source: 'crud', event: 'consumers', data: { operation: 'create' } };

test('one event and a list of them are taken, with their data as JSON', () => {
  expect(validateEvents(good, BUILTIN_SOURCES)).toEqual({
    ok: true,
    events: [{ ...good, id: null, json: '{"operation":"create"}' }],
  });
  const both = validateEvents([good, { ...good, id: 'x' }], BUILTIN_SOURCES);
  expect(both.ok && both.events.map(({ id }) => id)).toEqual([null, 'x']);
});

function nested(levels: number): unknown {
  let value: unknown = {};
  for (let level = 1; level < levels; level += 1) value = { a: value };
  return value;
}

test.each<[string, unknown, [number, string, string][]]>([
  ['no object', 5, [[0, '', 'expected a record']]],
  ['nothing', [], [[0, '', 'expected 1 to 1000 events, got 0']]],
  ['a thousand and one', Array.from({ length: 1001 }, () => good), [[1000, '', 'expected 1 to 1000 events, got 1001']]],
  [
    'missing fields',
    {},
    [
      [0, 'source', 'required field missing'],
      [0, 'event', 'required field missing'],
      [0, 'data', 'required field missing'],
    ],
  ],
  [
    'wrong types',
    { source: 1, event: [], data: [], id: 5 },
    [
      [0, 'source', 'expected a string'],
      [0, 'event', 'expected a string'],
      [0, 'data', 'expected an object'],
      [0, 'id', 'expected a string'],
    ],
  ],
  ['an unknown field', { ...good, evnt: 1 }, [[0, 'evnt', 'unknown field']]],
  ['an unknown source', { ...good, source: 'krud' }, [[0, 'source', "unknown source 'krud', did you mean 'crud'?"]]],
  ['a NUL in the id', { ...good, id: 'a\u0000' }, [[0, 'id', 'must not contain a NUL character']]],
  ['data too deep', { ...good, data: nested(33) }, [[0, 'data', 'nests deeper than 32 levels']]],
  ['data too big', { ...good, data: { a: 'é'.repeat(131_072) } }, [[0, 'data', 'expected at most 262144 bytes']]],
  [
    'two bad ones among three',
    [good, { ...good, event: 'x' }, { ...good, data: null }],
    [
      [1, 'event', "unknown event 'x'"],
      [2, 'data', 'required field missing'],
    ],
  ],
])('%s is refused by index and field', (_what, body, expected) => {
  const result = validateEvents(body, BUILTIN_SOURCES);
  expect(result.ok ? [] : result.faults.map(({ index, field, message }) => [index, field, message])).toEqual(expected);
});

test('data at the bounds is taken, and a key __proto__ stays a key', () => {
  expect(validateEvents({ ...good, data: nested(32) }, BUILTIN_SOURCES).ok).toBe(true);
  const odd = validateEvents(
    JSON.parse('{"source":"crud","event":"consumers","data":{"__proto__":{"a":1},"b":"\\u0000\\ud800"}}'),
    BUILTIN_SOURCES,
  );
  expect(odd.ok && odd.events[0]?.json).toBe('{"__proto__":{"a":1},"b":"\\u0000\\ud800"}');
});

test("a user's schema is checked, its faults under data", () => {
  const catalogue = mergeCatalogue([
    {
      workspace: 'default',
      source: 'orders',
      event: 'paid',
      description: null,
      fields: [],
      unique: null,
      schema: { required: ['order'] },
    },
  ]);
  const result = validateEvents({ source: 'orders', event: 'paid', data: {} }, catalogue);
  expect(result.ok ? [] : result.faults).toEqual([
    { index: 0, field: 'data', message: "must have required property 'order'" },
  ]);
  expect(catalogue.get('crud')).toBe(BUILTIN_SOURCES.get('crud'));
});

test.each<[string, string, Record<string, unknown>, string[]]>([
  ['crud', 'consumers', { operation: 'create' }, ['crud/consumers', 'crud/consumers:create', 'dao:crud/create']],
  ['crud', 'consumers:update', {}, ['crud/consumers:update', 'crud/consumers', 'dao:crud/update']],
  ['crud', 'consumers', { operation: 'read' }, ['crud/consumers']],
  ['crud', 'consumers', {}, ['crud/consumers']],
  ['dao:crud', 'create', { operation: 'create' }, ['dao:crud/create']],
  ['balancer', 'health', {}, ['balancer/health']],
])('%s/%s with %j answers to its names', (source, event, data, names) => {
  expect(expandEvent({ source, event, data }).map((name) => `${name.source}/${name.event}`)).toEqual(names);
});

test('a name is called near only when it is', () => {
  expect(findNameFault(BUILTIN_SOURCES, 'completely-different', null)?.message).toBe(
    "unknown source 'completely-different'",
  );
  expect(findNameFault(BUILTIN_SOURCES, 'x'.repeat(100_000), null)?.message.length).toBeLessThan(100);
  expect(findNameFault(BUILTIN_SOURCES, 'crud', null)).toBeNull();
});

test('every Kong entity has its three operations', () => {
  const crud = [...(BUILTIN_SOURCES.get('crud')?.keys() ?? [])];
  const entities = crud.filter((name) => !name.includes(':'));
  expect(crud).toHaveLength(entities.length * 4);
  expect(entities).toEqual(
    expect.arrayContaining(['consumers', 'services', 'routes', 'admins', 'rbac_roles', 'event_hooks']),
  );
});
