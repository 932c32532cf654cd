import { parseExact, stringifyExact } from './exact-json.ts';
import { parseRedactPath, type RedactStep, redactValue } from './redact.ts';

function redact(document: unknown, paths: RedactStep[][]): unknown {
  return JSON.parse(stringifyExact(redactValue(parseExact(JSON.stringify(document)), paths)));
}

function rules(...paths: string[]): RedactStep[][] {
  return paths.map((path) => {
    const parsed = parseRedactPath(path);
    if (parsed === null) throw new Error(path);
    return parsed;
  });
}

const document = {
  headers: { 'x-customer': '7', date: 'today' },
  body: {
    email: 'ada@example.com',
    cards: [
      { number: '4111', holder: { name: 'Ada', pin: 1 } },
      { number: '5500', holder: { name: 'Bob', pin: 2 } },
    ],
    'odd name': { "it's": null },
  },
};

test.each([
  ['$.body.email', { ...document, body: { ...document.body, email: '[redacted]' } }],
  ['$.headers.x-customer', { ...document, headers: { 'x-customer': '[redacted]', date: 'today' } }],
  ["$.headers['x-customer']", { ...document, headers: { 'x-customer': '[redacted]', date: 'today' } }],
  ['$.headers.*', { ...document, headers: { 'x-customer': '[redacted]', date: '[redacted]' } }],
  ['$.body', { ...document, body: '[redacted]' }],
  ['$.body["odd name"]', { ...document, body: { ...document.body, 'odd name': '[redacted]' } }],
  ['$.body.missing.deeper[3]', document],
])('%s', (path, expected) => {
  expect(redact(document, rules(path))).toEqual(expected);
});

test('items by their place or all of them, and names at any depth', () => {
  expect(redact(document, rules('$.body.cards[1].number'))).toMatchObject({
    body: { cards: [{ number: '4111' }, { number: '[redacted]' }] },
  });
  expect(redact(document, rules('$.body.cards[*].holder.pin', '$..number'))).toMatchObject({
    body: {
      cards: [
        { number: '[redacted]', holder: { name: 'Ada', pin: '[redacted]' } },
        { number: '[redacted]', holder: { name: 'Bob', pin: '[redacted]' } },
      ],
    },
  });
});

test('the document itself stays as it was, and what is not redacted keeps its numbers and the order of its keys', () => {
  const text = '{"body":{"2":136.0,"1":9007199254740993,"pin":1},"headers":{}}';
  const exact = parseExact(text);
  expect(stringifyExact(redactValue(exact, rules('$..pin', '$.headers')))).toBe(
    '{"body":{"2":136.0,"1":9007199254740993,"pin":"[redacted]"},"headers":"[redacted]"}',
  );
  expect(stringifyExact(exact)).toBe(text);
});

test.each([
  '',
  'body.email',
  '$',
  '$.other',
  '$.body.',
  '$.body..',
  '$.body[-1]',
  '$.body[0:2]',
  '$.body[?(@.a)]',
  "$.body['a','b']",
  '$.body["a]',
  '$..a..b',
  `$.body${'.a'.repeat(16)}`,
])('%j is no path that a hook may have', (path) => {
  expect(parseRedactPath(path)).toBeNull();
});
