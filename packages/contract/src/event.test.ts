import { BUILTIN_SOURCES } from './builtin-sources.ts';
import { expandEvent, findNameFault } from './catalogue.ts';
import { type EventsResult, readEvents, validateEvents } from './event.ts';

function validate(body: unknown, catalogue = BUILTIN_SOURCES, isOpen = false): EventsResult {
  return validateText(JSON.stringify(body), catalogue, isOpen);
}

function validateText(text: string, catalogue = BUILTIN_SOURCES, isOpen = false): EventsResult {
  return validateEvents(readEvents(text).events, { catalogue, isOpen });
}

const good = { source: 'crud', event: 'consumers', data: { operation: 'create' } };

test('one event and a list of them are taken, with their data as JSON', () => {
  expect(validate(good)).toEqual({
    ok: true,
    events: [
      {
        source: 'crud',
        event: 'consumers',
        id: null,
        json: '{"operation":"create"}',
        entry: BUILTIN_SOURCES.get('crud')?.get('consumers'),
      },
    ],
  });
  const both = validate([good, { ...good, id: 'x' }]);
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
  [
    'an unknown name beside an unknown field and missing data',
    { source: 'krud', event: 'consumers', evnt: 1 },
    [
      [0, 'data', 'required field missing'],
      [0, 'evnt', 'unknown field'],
      [0, 'source', "unknown source 'krud', did you mean 'crud'?"],
    ],
  ],
  [
    'an unknown source without an event',
    { source: 'krud', data: {} },
    [
      [0, 'event', 'required field missing'],
      [0, 'source', "unknown source 'krud', did you mean 'crud'?"],
    ],
  ],
  [
    'data too deep without an event',
    { source: 'crud', data: nested(33) },
    [
      [0, 'event', 'required field missing'],
      [0, 'data', 'nests deeper than 32 levels'],
    ],
  ],
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
  const result = validate(body);
  expect(result.ok ? [] : result.faults.map(({ index, field, message }) => [index, field, message])).toEqual(expected);
});

test('data at the bounds is taken, and a key __proto__ stays a key', () => {
  expect(validate({ ...good, data: nested(32) }).ok).toBe(true);
  const odd = validateText('{"source":"crud","event":"consumers","data":{"__proto__":{"a":1},"b":"\\u0000\\ud800"}}');
  expect(odd.ok && odd.events[0]?.json).toBe('{"__proto__":{"a":1},"b":"\\u0000\\ud800"}');
});

test('F2 data are kept as published, from one event and from a list of them', () => {
  const texts = [
    '{"2":1,"1":2,"weight":136.0,"big":1e400}',
    '{"id":7615917337495251231,"n":[{"9":1,"8":9007199254740993}]}',
  ];
  for (const text of texts) {
    const event = `{"source":"crud","event":"consumers","data":${text}}`;
    const one = validateText(event);
    expect(one.ok && one.events.map(({ json }) => json)).toEqual([text]);
    const both = validateText(
      `[ ${event} , {"data":1,"event":"x","source":"y","data":${text},"event":"consumers","source":"crud"} ]`,
    );
    expect(both.ok && both.events.map(({ json }) => json)).toEqual([text, text]);
  }
});

test('F2 numbers beyond JavaScript are no text, and data too deep are refused with them, too', () => {
  const refusal = (text: string) => {
    const result = validateText(text);
    return result.ok ? [] : result.faults.map(({ field, message }) => `${field}: ${message}`);
  };
  expect(refusal('{"source":"crud","event":"consumers","data":{},"id":1e400}')).toEqual(['id: expected a string']);
  expect(refusal('{"source":"crud","event":"consumers","data":9007199254740993}')).toEqual([
    'data: expected an object',
  ]);
  const deep = `${'{"a":'.repeat(5_000)}1.0${'}'.repeat(5_000)}`;
  expect(refusal(`{"source":"crud","event":"consumers","data":${deep}}`)).toEqual([
    'data: nests deeper than 32 levels',
  ]);
});

test('A8 events of our own source are published by no one else', () => {
  for (const event of ['hook-disabled', 'made-up']) {
    const result = validate({ ...good, source: 'eventhooks', event }, BUILTIN_SOURCES, true);
    expect(result.ok ? [] : result.faults).toEqual([
      { index: 0, field: 'source', message: "events of 'eventhooks' are published by the dispatcher only" },
    ]);
  }
  expect(validate({ ...good, event: 'event_hooks' }).ok).toBe(true);
});

test('an open workspace takes any printable name of up to 512 characters', () => {
  const taken = [
    ['https://example.com/orders', 'com.example.paid'],
    ['漢'.repeat(512), 'é🙂 x'],
    ['x', 'y'.repeat(512)],
  ];
  for (const [source, event] of taken) {
    const result = validate({ source, event, data: {} }, BUILTIN_SOURCES, true);
    expect(result.ok && result.events[0]).toMatchObject({ source, event, entry: null });
  }
  const refused = [
    ['', 'x'],
    ['x', 'y'.repeat(513)],
    ['a\u0007', 'x'],
    ['a\u2028b', 'x'],
    ['漢'.repeat(512), '漢'.repeat(512)],
  ];
  for (const [source, event] of refused) {
    expect(validate({ source, event, data: {} }, BUILTIN_SOURCES, true).ok).toBe(false);
  }
  expect(
    validate({ source: '𝕏'.repeat(512), event: 'x', data: {}, id: '漢'.repeat(255) }, BUILTIN_SOURCES, true),
  ).toMatchObject({
    faults: [{ field: 'id' }],
  });
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
