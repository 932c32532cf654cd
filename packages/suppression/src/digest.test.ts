import fc from 'fast-check';
import { digestOf } from './digest.ts';

const digest = (data: object) => digestOf(JSON.stringify(data), null);

/** Stored digests outlive a release, so these must never change. */
const vectors: [text: string, unique: string[] | null, digest: string][] = [
  ['{}', null, 'RBNvo1WzZ4oRRq0W9-hknp'],
  ['{"a":1}', null, 'AVq9f1zFei3ZS3WQ8ErYCE'],
  ['{"b":[1,true,null,"x"],"a":{"d":1.5,"c":-0.0}}', null, 'vFqhrSlubym51HIrtTgfyQ'],
  ['{"€":"\\u20ac","\\r":"\\n","1":"One","\\ud83d\\ude00":"Smiley","ö":"\\u0080"}', null, 'ZwQe7XRneeNmibrIS4cxNQ'],
  ['{"big":333333333.3333333,"bigger":1e30,"small":4.5e-7,"least":5e-324}', null, 'goqEgbHhEwf4yjjbod2WmQ'],
  ['{"big":333333333.33333329,"bigger":1e30,"small":4.5e-7,"least":5e-324}', null, 'JvUnPpxKS3lJzHeo83Vq-o'],
  [
    '{"consumer":"ada","ip":"10.0.0.1","service":null,"rate":5}',
    ['consumer', 'ip', 'service'],
    'fs_yMDiBcqWXrG4Zy1NupM',
  ],
  ['{"consumer":"ada","ip":"10.0.0.1","rate":5}', ['consumer', 'ip', 'service'], 'TImMQoffi3yvpoPWcROboz'],
  ['{"half":"\\ud800","other":"\\\\ud800"}', null, 'fqEPVLoB0J9okRFOmywzao'],
];

test.each(vectors)('the digest of %s by %j stays as it is', (text, unique, digest) => {
  expect(digestOf(text, unique)).toBe(digest);
});

test('the order of keys, at any depth, does not count', () => {
  const shuffled = fc
    .dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 })
    .map((data) => [data, reverseKeys(data)] as const);
  fc.assert(fc.property(shuffled, ([data, reversed]) => expect(digest(reversed)).toBe(digest(data))));
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
    '{"a":1e401}',
  ].map((text) => digestOf(text, null));
  expect(new Set(digests).size).toBe(digests.length);
});

test.each([
  ['1', '1.0', '10e-1', '0.1e1', '1E+0', '1.000000000000000000000'],
  ['0', '-0', '0.0', '0e5', '-0.000'],
  ['136', '136.0', '1.36e2', '13600e-2'],
  ['100', '1e2', '1E02', '100.00'],
  ['7615917337495251231', '7615917337495251231.0', '7.615917337495251231e18'],
  ['1e400', '10e399', '0.1e401'],
  ['1e21', '1000000000000000000000'],
])('F1 the spelling of a number does not count: %s', (...spellings) => {
  expect(new Set(spellings.map((text) => digestOf(`{"a":[${text}]}`, null))).size).toBe(1);
});

test.each([
  ['7615917337495251231', '7615917337495251232'],
  ['9007199254740993', '9007199254740992'],
  ['0.1', '0.10000000000000001'],
  ['1e400', '1e401'],
  ['1e400', '-1e400'],
  ['1e-400', '0'],
  ['1e400', 'null'],
  ['5', '"5"'],
  ['1e400', '"1e400"'],
  ['333333333.33333329', '333333333.3333333'],
])('F1 %s and %s are different numbers, wherever they stand', (one, other) => {
  for (const around of [(text: string) => `{"a":${text}}`, (text: string) => `{"b":[{"2":1,"c":[${text}]}]}`]) {
    expect(digestOf(around(one), null)).not.toBe(digestOf(around(other), null));
    expect(digestOf(around(one), ['a', 'b'])).not.toBe(digestOf(around(other), ['a', 'b']));
  }
});

test('F1 of a key that stands twice the last value counts', () => {
  expect(digestOf('{"a":1,"a":2}', null)).toBe(digestOf('{"a":2}', null));
  expect(digestOf('{"a":7615917337495251231,"b":{"c":1e400,"c":1.0},"a":5}', null)).toBe(
    digestOf('{"a":5.0,"b":{"c":1}}', null),
  );
});

test('F2 keys that look like array indexes are sorted like all others', () => {
  expect(digestOf('{"2":1,"10":2,"b":136.0,"a":3}', null)).toBe(digestOf('{"a":3,"10":2,"b":136,"2":1}', null));
});

test('unique fields alone count, by name and value; missing and null differ', () => {
  const unique = ['consumer', 'ip', '__proto__', 'toString'];
  const base = digestOf('{"consumer":"ada","ip":"10.0.0.1","rate":5}', unique);
  expect(digestOf('{"ip":"10.0.0.1","consumer":"ada","rate":6,"other":{}}', unique)).toBe(base);
  expect(digestOf('{"consumer":"ada","ip":"10.0.0.2"}', unique)).not.toBe(base);
  expect(digestOf('{"consumer":"ada","ip":null}', unique)).not.toBe(digestOf('{"consumer":"ada"}', unique));
  expect(digestOf('{"__proto__":1,"a":1}', unique)).not.toBe(digestOf('{"a":1}', unique));
  expect(digestOf('{"rate":5}', [])).not.toBe(digestOf('{"rate":6}', []));
});

test('F14 an event with none of its unique fields counts whole', () => {
  expect(digestOf('{"rate":5}', ['consumer'])).not.toBe(digestOf('{"rate":6}', ['consumer']));
  expect(digestOf('{"rate":5}', ['consumer'])).toBe(digestOf('{"rate":5}', null));
  const unique = ['id', 'key'];
  expect(digestOf('{"order":1,"id":null}', unique)).toBe(digestOf('{"order":2,"id":null}', unique));
});

test('lone surrogates have digests of their own, beside any strings', () => {
  const data = fc.record({ a: fc.string({ unit: surrogateOrNot }), b: fc.string({ unit: surrogateOrNot }) });
  fc.assert(
    fc.property(data, data, (one, other) => {
      expect(digest(one) === digest(other)).toBe(one.a === other.a && one.b === other.b);
    }),
  );
});

test('deep nesting has a digest', () => {
  for (const leaf of ['', '1.0']) {
    const deep = `{"a":${'['.repeat(900)}${leaf}${']'.repeat(900)}}`;
    expect(digestOf(deep, null)).toHaveLength(22);
  }
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
