import fc from 'fast-check';
import { digestOf } from './digest.ts';

/** Stored digests outlive a release: these may never change. */
const vectors: [text: string, unique: string[] | null, digest: string][] = [
  ['{}', null, 'RBNvo1WzZ4oRRq0W9-hknp'],
  ['{"a":1}', null, 'AVq9f1zFei3ZS3WQ8ErYCE'],
  ['{"b":[1,true,null,"x"],"a":{"d":1.5,"c":-0.0}}', null, 'vFqhrSlubym51HIrtTgfyQ'],
  ['{"€":"\\u20ac","\\r":"\\n","1":"One","\\ud83d\\ude00":"Smiley","ö":"\\u0080"}', null, 'ZwQe7XRneeNmibrIS4cxNQ'],
  ['{"big":333333333.33333329,"bigger":1e30,"small":4.5e-7,"least":5e-324}', null, 'goqEgbHhEwf4yjjbod2WmQ'],
  [
    '{"consumer":"ada","ip":"10.0.0.1","service":null,"rate":5}',
    ['consumer', 'ip', 'service'],
    'fs_yMDiBcqWXrG4Zy1NupM',
  ],
  ['{"consumer":"ada","ip":"10.0.0.1","rate":5}', ['consumer', 'ip', 'service'], 'TImMQoffi3yvpoPWcROboz'],
  ['{"half":"\\ud800","other":"\\\\ud800"}', null, 'ixwP3VKVuPGLIOUepiSVjP'],
];

test.each(vectors)('the digest of %s by %j stays as it is', (text, unique, digest) => {
  expect(digestOf(JSON.parse(text), unique)).toBe(digest);
});

test('the order of keys, at any depth, does not count', () => {
  const shuffled = fc
    .dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 })
    .map((data) => [data, reverseKeys(data)] as const);
  fc.assert(fc.property(shuffled, ([data, reversed]) => expect(digestOf(reversed, null)).toBe(digestOf(data, null))));
});

test('different data have different digests, nested or not', () => {
  const digests = [
    '{}',
    '{"a":null}',
    '{"a":0}',
    '{"a":false}',
    '{"a":""}',
    '{"a":"0"}',
    '{"a":[]}',
    '{"a":{}}',
    '{"a":[0]}',
    '{"a":[[0]]}',
    '{"a":{"a":0}}',
    '{"a":[1,2]}',
    '{"a":[2,1]}',
    '{"__proto__":1}',
    '{"__proto__":{"a":0}}',
    '{"é":1}',
    '{"e\\u0301":1}',
    '{"a":"\\ud800"}',
    '{"a":"\\ud801"}',
    '{"a":"\\\\ud800"}',
    '{"a":"\\\\\\\\ud800"}',
    '{"a":"\\"\\ud800"}',
    '{"\\ud800":1}',
    '{"a":1e400}',
  ].map((text) => digestOf(JSON.parse(text), null));
  expect(new Set(digests).size).toBe(digests.length);
});

test('the spelling of a number does not count, its value as a double does', () => {
  const digest = (text: string) => digestOf(JSON.parse(text), null);
  expect(digest('{"a":10e-1}')).toBe(digest('{"a":1.0}'));
  expect(digest('{"a":-0}')).toBe(digest('{"a":0}'));
  expect(digest('{"a":9007199254740993}')).toBe(digest('{"a":9007199254740992}'));
  expect(digest('{"a":9007199254740994}')).not.toBe(digest('{"a":9007199254740992}'));
});

test('unique fields alone count, by name and value; missing and null differ', () => {
  const unique = ['consumer', 'ip', '__proto__', 'toString'];
  const base = digestOf({ consumer: 'ada', ip: '10.0.0.1', rate: 5 }, unique);
  expect(digestOf({ ip: '10.0.0.1', consumer: 'ada', rate: 6, other: {} }, unique)).toBe(base);
  expect(digestOf({ consumer: 'ada', ip: '10.0.0.2' }, unique)).not.toBe(base);
  expect(digestOf({ consumer: 'ada', ip: null }, unique)).not.toBe(digestOf({ consumer: 'ada' }, unique));
  expect(digestOf(JSON.parse('{"__proto__":1}'), unique)).not.toBe(digestOf({}, unique));
  expect(digestOf({ rate: 5 }, [])).not.toBe(digestOf({ rate: 6 }, []));
});

test('F14 an event with none of its unique fields counts whole', () => {
  expect(digestOf({ order: 1 }, ['order.id'])).not.toBe(digestOf({ order: 2 }, ['order.id']));
  expect(digestOf({ order: 1 }, ['id', 'key'])).toBe(digestOf({ order: 1 }, null));
  expect(digestOf({ order: 1, id: null }, ['id', 'key'])).toBe(digestOf({ order: 2, id: null }, ['id', 'key']));
});

test('lone surrogates have digests of their own, beside any strings', () => {
  const data = fc.record({ a: fc.string({ unit: surrogateOrNot }), b: fc.string({ unit: surrogateOrNot }) });
  fc.assert(
    fc.property(data, data, (one, other) => {
      expect(digestOf(one, null) === digestOf(other, null)).toBe(one.a === other.a && one.b === other.b);
    }),
  );
});

test('deep nesting has a digest', () => {
  const deep = JSON.parse(`{"a":${'['.repeat(1_000)}${']'.repeat(1_000)}}`);
  expect(digestOf(deep, null)).toHaveLength(22);
});

const surrogateOrNot = fc.constantFrom('\ud800', '\udfff', '\\', '\\ud800', 'u', 'd', '"', '\n', '😀');

function reverseKeys(value: unknown): Record<string, unknown> {
  const reversed = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(reversed);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(
      Object.entries(each)
        .toReversed()
        .map(([key, item]) => [key, reversed(item)]),
    );
  };
  const result = reversed(value);
  if (typeof result !== 'object' || result === null) throw new Error('Not an object');
  return { ...result };
}
