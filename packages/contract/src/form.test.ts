import { z } from 'zod';
import { decodeForm, readFormTypes } from './form.ts';
import { HOOK_SCHEMAS } from './hook.ts';

test.each<[string, [string, string][], unknown]>([
  [
    'dotted keys nest',
    [
      ['config.headers.content-type', 'a'],
      ['config.url', 'b'],
    ],
    { config: { headers: { 'content-type': 'a' }, url: 'b' } },
  ],
  ['brackets nest', [['config[payload][text]', 'a']], { config: { payload: { text: 'a' } } }],
  ['key[] makes a list, also of one', [['f[]', 'a']], { f: ['a'] }],
  [
    'key[n] makes a list in order of n',
    [
      ['f[2]', 'b'],
      ['f[1]', 'a'],
    ],
    { f: ['a', 'b'] },
  ],
  [
    'repetition makes a list',
    [
      ['f', 'a'],
      ['f', 'b'],
    ],
    { f: ['a', 'b'] },
  ],
  [
    'places of a list can nest further',
    [
      ['b[1].x', '1'],
      ['b[1].y', '2'],
      ['b[2].x', '3'],
    ],
    { b: [{ x: '1', y: '2' }, { x: '3' }] },
  ],
  ['a huge place makes no huge list', [['f[999999]', 'a']], { f: ['a'] }],
  [
    'what is no path is a plain name',
    [
      ['.a', '1'],
      ['b.', '2'],
      ['c[', '3'],
    ],
    { '.a': '1', 'b.': '2', 'c[': '3' },
  ],
  [
    'a value and keys below it are a list of both',
    [
      ['a', '1'],
      ['a.b', '2'],
    ],
    { a: ['1', { b: '2' }] },
  ],
])('%s', (_what, pairs, expected) => {
  expect(decodeForm(pairs)).toEqual(expected);
});

test('keys named as parts of prototypes are plain fields', () => {
  const form = decodeForm([
    ['__proto__.polluted', '1'],
    ['constructor.prototype.polluted', '1'],
  ]);
  expect(Object.keys(form)).toEqual(['__proto__', 'constructor']);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

test('texts are read by the types of their fields', () => {
  const form = decodeForm([
    ['snooze', '60'],
    ['on_change', 'true'],
    ['event', ''],
    ['name', '5'],
    ['config.ssl_verify', 'false'],
    ['config.headers.x', '1'],
    ['tags', 'one'],
    ['retry.schedule[]', '30'],
    ['retry.schedule[]', '5m'],
    ['timeout', 'soon'],
    ['unknown', '1'],
  ]);
  expect(readFormTypes(form, HOOK_SCHEMAS.webhook)).toEqual({
    snooze: 60,
    on_change: true,
    event: null,
    name: '5',
    config: { ssl_verify: false, headers: { x: '1' } },
    tags: ['one'],
    retry: { schedule: [30, '5m'] },
    timeout: 'soon',
    unknown: '1',
  });
});

test('an empty text asks for the default of a field of any type, and stays an empty text in a map', () => {
  const names = ['id', 'event', 'tags', 'redact', 'retry', 'timeout', 'enabled', 'config.method', 'config.payload'];
  const form = decodeForm([...names, 'config.headers.x'].map((name) => [name, '']));
  expect(readFormTypes(form, HOOK_SCHEMAS['webhook-custom'])).toEqual({
    ...Object.fromEntries(names.filter((name) => !name.includes('.')).map((name) => [name, null])),
    config: { method: null, payload: null, headers: { x: '' } },
  });
  expect(readFormTypes({ config: '' }, HOOK_SCHEMAS.log)).toEqual({ config: null });
});

test('a text for a list of functions is a list of one', () => {
  const form = decodeForm([['config.functions', 'return function() end']]);
  expect(readFormTypes(form, HOOK_SCHEMAS.lambda)).toEqual({ config: { functions: ['return function() end'] } });
});

test('an integer that no number holds exactly stays a text', () => {
  expect(readFormTypes('12345678901234567890', z.int())).toBe('12345678901234567890');
});
