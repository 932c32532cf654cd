import { type CelInput, isCelUint } from '@bufbuild/cel';
import { parseLossless, stringifyExact } from '@eventhooks/contract';
import { createLanguage, type Evaluation, type Expression } from './language.ts';
import { toExpressionValue, toJson } from './values.ts';

const variables = { source: 'string', event: 'string', time: 'timestamp', data: 'dyn' } as const;
type Variable = keyof typeof variables;

const quick = createLanguage<Variable>(variables);
/** The library alone: what it says is right. */
const reference = createLanguage<Variable>(variables, { shortcuts: false });

/** Data of many types under the same names, so that most comparisons meet several of them. */
const documents = [
  '{}',
  '{"a":1,"b":"x","c":true,"d":null,"e":{"a":"y","b":[1,2,"x"]},"l":["x","y"]}',
  '{"a":1.0,"b":"","c":false,"d":{"a":1},"e":{"a":10.50,"b":[]},"l":[1,2.0,null,true]}',
  '{"a":9007199254740993,"b":9007199254740992,"c":9007199254740991,"d":18446744073709551615,"e":{"a":-0,"b":-0.0},"l":[9007199254740993,9007199254740993.0]}',
  '{"a":1e400,"b":-1e400,"c":1e-400,"d":1e2,"e":{"a":12345678901234567000,"b":100},"l":[1e2,12345678901234567000,"100"]}',
  '{"a":[1],"b":[1.0],"c":{"a":1},"d":{"a":1.0},"e":{"a":null,"b":{"x":null}},"l":{"x":1,"y":null,"1":2}}',
  '{"a":"\\ud83d\\ude00","b":"\\uffff","c":"é","d":"e\\u0301","e":[["x"],{"a":1}],"l":[["x"],{"a":1},"x"]}',
  '{"a":"2026-11-26T00:00:00Z","b":"xyz","c":"x","d":"yz","e":"x","l":"xyz","__proto__":{"a":1},"constructor":1}',
  '{"10":1,"9":"x","a":-1,"b":0,"c":0.5,"d":-0.5,"e":{"9":1,"a":2},"l":[0.5,-1,0]}',
  `{"a":"${'x'.repeat(60_000)}","b":"${'x'.repeat(60_000)}","c":"x","l":[${'"x",'.repeat(300)}1],"e":{"b":["${'x'.repeat(60_000)}"]}}`,
];

/** Evenly distributed numbers that are the same in each run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const fields = ['a', 'b', 'c', 'd', 'e', 'l', 'missing', 'constructor'];
const constants = [
  ...['1', '1.0', '0', '-1', '0.5', '10.5', '100', '1e2', '1u', '2', '-0.0', '1e308', '9007199254740991'],
  ...['9007199254740992', '9007199254740993', '9223372036854775807', '18446744073709551615u', '9007199254740992.0'],
  ...[
    '"x"',
    '"y"',
    '""',
    '"xyz"',
    '"\u{1f600}"',
    '"\\uffff"',
    'true',
    'false',
    'null',
    '[]',
    '[1]',
    '{"a": 1}',
    'b"x"',
  ],
];
const others = [
  'source',
  'event',
  'time',
  'size(data.l)',
  'data.a + 1',
  'data.b + "x"',
  'string(data.a)',
  'int(data.b)',
];
const loops = ['data.l.exists(x, x == "x")', 'data.l.all(x, x > 0)', 'data.b.matches("^x")', 'type(data.a) == int'];

type Make = () => string;

/** Texts of expressions: most are made of what shortcuts know, some of what they leave to the library. */
function createGenerator(seed: number): Make {
  const random = createRandom(seed);
  const pick = (choices: readonly string[]): string => choices[random(choices.length)] ?? '';
  const oneOf = (makers: readonly Make[]): string => (makers[random(makers.length)] ?? (() => 'true'))();
  const field: Make = () => {
    const path = `data.${pick(fields)}`;
    return oneOf([
      () => path,
      () => path,
      () => `${path}.${pick(fields)}`,
      () => `data["${pick([...fields, '9', '10', '__proto__'])}"]`,
      () => `${path}[${random(3)}]`,
    ]);
  };
  const value: Make = () => oneOf([field, field, field, () => pick(constants), () => pick(others)]);
  const list: Make = () => `[${Array.from({ length: random(5) }, () => pick(constants)).join(', ')}]`;
  const compare: Make = () => `${value()} ${pick(['==', '!=', '<', '<=', '>', '>='])} ${value()}`;
  const ask: Make = () => `${value()}.${pick(['startsWith', 'endsWith', 'contains'])}(${value()})`;
  const logic = (depth: number): string => {
    if (depth === 0) return oneOf([compare, compare, ask, field, () => `${value()} in ${list()}`]);
    const inner: Make = () => logic(depth - 1);
    return oneOf([
      ...[compare, compare, ask, () => pick(loops), () => `${value()} in ${list()}`, () => `${value()} in ${field()}`],
      ...[() => `has(${field()}.${pick(fields)})`, () => `!(${inner()})`, () => `!has(data.${pick(fields)})`],
      ...['&&', '||'].flatMap((word) => Array.from({ length: 3 }, () => () => `(${inner()} ${word} ${inner()})`)),
      () => `(${inner()} && ${inner()} && ${inner()} || ${inner()})`,
      () => `(${inner()} ? ${inner()} : ${inner()})`,
      () => `(${inner()} ? ${value()} : ${value()}) == ${value()}`,
    ]);
  };
  return () => (random(10) === 0 ? value() : logic(random(3)));
}

function print(result: Evaluation): string {
  if (!result.ok) return `error ${result.message}`;
  const { value } = result;
  if (isCelUint(value)) return `uint ${value.value}`;
  if (typeof value !== 'object' || value === null) return `${typeof value} ${Object.is(value, -0) ? '-0' : value}`;
  try {
    return stringifyExact(toJson(value));
  } catch (error) {
    return String(error);
  }
}

/** Each document is parsed once, as the data of an event are. */
const parsed = new Map<string, CelInput>();

function evaluate(expression: Expression<Variable>, json: string): string {
  const time = { $typeName: 'google.protobuf.Timestamp' as const, seconds: 1_000n, nanos: 0 };
  const data = parsed.get(json) ?? toExpressionValue(parseLossless(json));
  parsed.set(json, data);
  return print(expression.evaluate({ source: 'x', event: 'xyz', time, data }));
}

/** The answers that differ from the library's. */
function findDifferences(text: string, jsons: readonly string[] = documents): string[] {
  const [one, other] = [quick.compile(text, 'any'), reference.compile(text, 'any')];
  if (!one.ok || !other.ok) return one.ok === other.ok ? [] : [text];
  return jsons.flatMap((json) => {
    const [answer, right] = [evaluate(one.expression, json), evaluate(other.expression, json)];
    return answer === right ? [] : [`${text} of ${json.slice(0, 200)}: ${answer}, and not ${right}`];
  });
}

/** JSON of every type, and numbers at the edges of what a double holds and an int is. */
const values = [
  ...['null', 'true', 'false', '""', '"x"', '"1"', '"\\uffff"', '"\\ud83d\\ude00"'],
  ...['0', '1', '-1', '1.0', '0.5', '10.50', '-0', '-0.0', '1e2', '1e400', '-1e400', '1e-400', '1e21'],
  ...['9007199254740991', '9007199254740992', '9007199254740993', '9223372036854775807'],
  ...['9223372036854775808', '18446744073709551615', '12345678901234567000'],
  ...['[]', '["x"]', '[1, 1.0, null]', '[[1]]', '[9007199254740993, "x"]', '{}', '{"x": null}', '{"1": [1.0]}'],
];
const operations = [
  ...['==', '!=', '<', '<=', '>', '>=', 'in', '&&', '||'].map((name) => (one: string, other: string) => {
    return `${one} ${name} ${other}`;
  }),
  ...['startsWith', 'endsWith', 'contains'].map((name) => (one: string, other: string) => `${one}.${name}(${other})`),
  (one: string, other: string) => `${one} in [${other}]`,
  (one: string, other: string) => `${one} ? ${other} : ${one}`,
];

test('every operation gives what the library gives, for values of every type', () => {
  const pairs = values.flatMap((one) => values.map((other) => `{"x":${one},"y":${other}}`));
  const texts = operations.map((operation) => operation('data.x', 'data.y'));
  expect(texts.flatMap((text) => findDifferences(text, pairs))).toEqual([]);
});

test('every operation gives what the library gives, with constants of every type', () => {
  const jsons = values.map((value) => `{"x":${value}}`);
  const texts = operations.flatMap((operation) =>
    constants.flatMap((constant) => [operation('data.x', constant), operation(constant, 'data.x')]),
  );
  expect(texts.flatMap((text) => findDifferences(text, jsons))).toEqual([]);
});

test('generated expressions give what the library gives, errors included', () => {
  const generate = createGenerator(16);
  const texts = Array.from({ length: 250 }, generate);
  expect(texts.flatMap((text) => findDifferences(text))).toEqual([]);
});

test.each([
  `${'data.a == data.b && '.repeat(200)}true`,
  `${'(data.a == data.b) != false && '.repeat(120)}true`,
  `${'!("y" in data.l) && '.repeat(200)}true`,
  `${'!(data.c in data.e.b) && '.repeat(150)}true`,
])('the steps of many comparisons of large values count as in the library: %#', (text) => {
  expect(findDifferences(text)).toEqual([]);
});
