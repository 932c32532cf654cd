import {
  canonicalNumber,
  createObject,
  ExactNumber,
  JsonText,
  minifyExact,
  parseExact,
  parseLossless,
  stringifyExact,
} from './exact-json.ts';
import { isPlainJson } from './plain-json.ts';

const documents = [
  '{"id":7615917337495251231,"n":9007199254740993}',
  '{"2":1,"1":2,"weight":136.0,"big":1e400}',
  '{"a":{"10":[{"9":-0,"8":1E5}],"2":1.10},"__proto__":{"x":0.0000001}}',
  '[1e-400,-1.0,0.0,100000000000000000000,[],{},"",null,true,false]',
  '{"\\"2\\":1":"x\\\\","\\\\":[1.50]}',
  '{"":1.0," ":"\\ud800","\\u0000":"\\n"}',
  '136.0',
];

test.each(documents)('F2 reading and printing %s keeps its text', (text) => {
  expect(stringifyExact(parseExact(text))).toBe(text);
  expect(minifyExact(text)).toBe(text);
});

test('a text that is plain prints the same by JSON.stringify, and only such a text counts as plain', () => {
  const plain = [
    '{"a":1,"b":[0.5,-12.25,123456789012345,0],"c":"10:00:00.0Z","d":"x"}',
    '[]',
    '12',
    '"1.0"',
    '-7',
    '["1","2.0"]',
    '[1e+21,5e-324]',
  ];
  for (const text of plain) {
    expect([text, isPlainJson(text)]).toEqual([text, true]);
    expect(JSON.stringify(JSON.parse(text))).toBe(text);
  }
  const others = [
    ...documents,
    '-0',
    '[-0]',
    '[1,-0]',
    '{"a" : 1.0}',
    '{"a":\n1e2}',
    '[0.0000001]',
    '[0.10]',
    '{"b":1,"\\u0031":1}',
    '{ "1":1}',
    '[ 1.0]',
    '[1, 2.0]',
    ' 1.0',
  ];
  for (const text of others) expect([text, isPlainJson(text)]).toEqual([text, false]);
});

test('of a key that stands twice the last value counts, in the place of the first', () => {
  expect(minifyExact('{"a":1.0,"b":2,"a":{"c":3,"c":4},"\\u0061":5.0}')).toBe('{"a":5.0,"b":2}');
  expect(minifyExact('{"a":1,"b":2,"a":3}')).toBe('{"a":3,"b":2}');
});

test('white space is dropped and strings are spelled in one way', () => {
  expect(minifyExact(' {\r\n "a" :\t[ 1.0 , "\\u00e9\\/" ] } ')).toBe('{"a":[1.0,"é/"]}');
});

test.each([
  '',
  '{',
  '{"a"}',
  '{"a":1,}',
  '[1,]',
  '[1 2]',
  '01',
  '1.',
  '.5',
  '+1',
  '1e',
  '--1',
  'nul',
  '"a',
  '"\\x"',
  '"a\nb"',
  "{'a':1}",
  '1 1',
  '\u00a01',
  'NaN',
])('%j is no JSON', (text) => {
  expect(() => parseExact(text)).toThrow(SyntaxError);
  expect(() => JSON.parse(text)).toThrow(SyntaxError);
});

test('a document that nests too deep is refused, not followed', () => {
  expect(() => parseExact('['.repeat(100_000) + ']'.repeat(100_000))).toThrow(/deeper than 1000/);
});

test('JavaScript values keep the numbers that JavaScript would change', () => {
  const value = parseLossless('{"a":136.0,"b":5,"c":["7615917337495251231",7615917337495251231],"d":0.25,"e":0.10}');
  expect(value).toEqual({
    a: new ExactNumber('136.0'),
    b: 5,
    c: ['7615917337495251231', new ExactNumber('7615917337495251231')],
    d: 0.25,
    e: new ExactNumber('0.10'),
  });
  expect(JSON.stringify(value)).toBe(stringifyExact(value));
});

test('F2 JavaScript values list their keys in the order of the text', () => {
  const text = '{"b":1,"2":{"10":[{"1":1.0,"0":2}],"9":{}},"1":"x","-1":3,"__proto__":4}';
  const value = parseLossless(text);
  expect(JSON.stringify(value)).toBe(text);
  expect(JSON.stringify(new JsonText(text))).toBe(text);
  expect(stringifyExact(value)).toBe(text);
  expect(Object.keys(Object(value))).toEqual(['b', '2', '1', '-1', '__proto__']);
});

test('an object with keys in order can be changed: keys that are added come last', () => {
  const object = createObject<number>([
    ['2', 1],
    ['1', 2],
    ['2', 3],
    ['0', 4],
  ]);
  object.a = 5;
  object['3'] = 6;
  delete object['1'];
  expect(JSON.stringify(object)).toBe('{"2":3,"0":4,"3":6,"a":5}');
  expect(object).toEqual({ 0: 4, 2: 3, 3: 6, a: 5 });
});

test('values of all kinds are printed in one document', () => {
  const date = new Date(0);
  const value = {
    text: new JsonText('{"2":1.0,"1":2}'),
    map: new Map([['2', new ExactNumber('1.0')]]),
    none: undefined,
    date,
  };
  expect(stringifyExact(value)).toBe('{"text":{"2":1.0,"1":2},"map":{"2":1.0},"date":"1970-01-01T00:00:00.000Z"}');
  expect(JSON.stringify(new JsonText('[1]'))).toBe('[1]');
});

test('an exact number prints as it was written and calculates as its double', () => {
  const number = new ExactNumber('9007199254740993');
  expect(`${number}`).toBe('9007199254740993');
  expect(Number(number)).toBe(9007199254740992);
});

test.each([
  [['1', '1.0', '10e-1', '0.1e1', '1E+0', '100e-2'], '1'],
  [['0', '-0', '0.0', '0e5', '-0.00e-9'], '0'],
  [['136.0', '136', '1.36e2'], '136'],
  [['1e21', '1000000000000000000000'], '1e+21'],
  [['0.1', '0.10', '1e-1'], '0.1'],
  [['7615917337495251231'], '7615917337495251231e0'],
  [['1e400', '10e399'], '1e400'],
  [['-1e-400'], '-1e-400'],
  [['9007199254740993', '9007199254740993.0'], '9007199254740993e0'],
  [['9007199254740992'], '9007199254740992'],
  [['0.1000000000000000055'], '1000000000000000055e-19'],
])('the spellings %j are one number', (spellings, canonical) => {
  for (const spelling of spellings) expect(canonicalNumber(spelling)).toBe(canonical);
});

test('an exponent of any length is read at once', () => {
  const exponent = '9'.repeat(200_000);
  expect(canonicalNumber(`1e${exponent}`)).toBe(`1e${exponent}+0`);
  expect(canonicalNumber(`1${'0'.repeat(200_000)}1`)).toHaveLength(200_004);
});
