import { bodyOf, item, openTestSandbox } from './support/sandbox.ts';

const { sandbox, body, render } = openTestSandbox();
afterAll(() => sandbox.close());

const ADMIN = { operation: 'create', entity: { username: 'ada', email: 'ada@example.com' } };
const HOOK = { id: 'hook', revision: '1' };

test('renders the example of the reference page', async () => {
  const templates = {
    payload: {
      text: 'Admin account `{{ entity.username }}` {{ operation }}d; email address set to `{{ entity.email }}`',
    },
    payloadFormat: true,
    body: null,
    bodyFormat: true,
    headers: { 'content-type': 'application/json' },
    headersFormat: false,
  };
  expect(await sandbox.render(HOOK, templates, [item(ADMIN)])).toEqual([
    {
      ok: true,
      rendered: {
        payload: { text: 'Admin account `ada` created; email address set to `ada@example.com`' },
        body: null,
        headers: { 'content-type': 'application/json' },
      },
    },
  ]);
});

test('renders each item of a batch with its own data, in order', async () => {
  const batch = Array.from({ length: 250 }, (_, index) => item({ index }));
  const outcomes = await sandbox.render(HOOK, bodyOf('n{{ index }}'), batch);
  expect(outcomes.map((outcome) => outcome.ok && outcome.rendered.body)).toEqual(batch.map((_, index) => `n${index}`));
});

test('gives no outcome for no items', async () => {
  expect(await sandbox.render(HOOK, bodyOf('{{ a }}'), [])).toEqual([]);
});

test('renders the texts of a payload, nested ones too, and leaves keys and other types alone', async () => {
  const payload = { '{{ a }}': '{{ a }}', nested: { text: '{{ a }}' }, list: ['{{ a }}', 1], count: 3, none: null };
  const templates = { ...bodyOf(''), body: null, payload };
  const [outcome] = await sandbox.render(HOOK, templates, [item({ a: 'A' })]);
  expect(outcome).toMatchObject({
    rendered: { payload: { '{{ a }}': 'A', nested: { text: 'A' }, list: ['A', 1], count: 3, none: null } },
  });
});

test('leaves a part alone whose format switch is off', async () => {
  const templates = {
    payload: { text: '{{ a }}' },
    payloadFormat: false,
    body: '{{ a }}',
    bodyFormat: false,
    headers: { 'x-a': '{{ a }}', 'x-b': 'b' },
    headersFormat: false,
  };
  const [outcome] = await sandbox.render(HOOK, templates, [item({ a: 'A' })]);
  expect(outcome).toEqual({
    ok: true,
    rendered: { payload: { text: '{{ a }}' }, body: '{{ a }}', headers: { 'x-a': '{{ a }}', 'x-b': 'b' } },
  });
});

test('renders header values, never header names', async () => {
  const templates = { ...bodyOf('x'), headers: { 'x-{{ a }}': '{{ a }}' }, headersFormat: true };
  const [outcome] = await sandbox.render(HOOK, templates, [item({ a: 'A' })]);
  expect(outcome).toMatchObject({ rendered: { headers: { 'x-{{ a }}': 'A' } } });
});

test.each(['\r\nx-evil: 1', '\n', '\r', '\0'])(
  'refuses a header value that renders with %j, and names the header',
  async (value) => {
    const templates = { ...bodyOf('x'), headers: { 'x-user': 'hi {{ name }}' }, headersFormat: true };
    const [outcome] = await sandbox.render(HOOK, templates, [item({ name: value })]);
    expect(outcome).toEqual({
      ok: false,
      kind: 'runtime',
      message: 'headers.x-user: the value has a line break or a NUL character',
    });
  },
);

test('refuses a line break in a header value that is no template', async () => {
  const templates = { ...bodyOf('x'), headers: { 'x-user': 'a\r\nb' } };
  expect(await sandbox.render(HOOK, templates, [item()])).toMatchObject([{ ok: false, kind: 'runtime' }]);
});

test('starts no process for texts without tags', async () => {
  const idle = openTestSandbox();
  expect(await idle.body('plain { text }')).toBe('plain { text }');
  expect(idle.sandbox.stats().runners).toBe(0);
  await idle.sandbox.close();
});

describe('what a template prints', () => {
  test.each([
    ['{{ a.b }}', { a: { b: 'x' } }, 'x'],
    ['{* a.b *}', { a: { b: 'x' } }, 'x'],
    ['{*a*}{* b *}', { a: 1, b: 2 }, '12'],
    ['{{ "{* a *}" }}', { a: 1 }, '{* a *}'],
    ['{% raw %}{* a *}{{ a }}{% endraw %}', { a: 1 }, '{* a *}{{ a }}'],
    ['a{# {* note *} #}b', {}, 'ab'],
    ['[{{ missing }}][{{ missing.deeper.still }}][{{ none }}]', { none: null }, '[][][]'],
    ['{{ html }}{* html *}', { html: '<b>&"\'' }, '<b>&"\'<b>&"\''],
    ['{{ html | escape }}', { html: '<b>' }, '&lt;b&gt;'],
    ['{{ event }} {{ source }}', { event: 'mine', source: 'mine' }, 'consumers crud'],
    ['{{ o }} {{ l }}', { o: { a: [1, null] }, l: [1, 'b'] }, '{"a":[1,null]} [1,"b"]'],
    ['{{ t }} {{ f }} {{ n }} {{ z }}', { t: true, f: false, n: 1.5, z: 0 }, 'true false 1.5 0'],
    ['{% if a and not b %}yes{% else %}no{% endif %}', { a: 1, b: 0 }, 'yes'],
    [
      '{% for x in l %}{{ loop.index }}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}',
      { l: ['a', 'b'] },
      '1a,2b',
    ],
    ['{% for k, v in o %}{{ k }}={{ v }};{% endfor %}', { o: { a: 1, b: 2 } }, 'a=1;b=2;'],
    ['{% set x = a + 1 %}{{ x }}', { a: 1 }, '2'],
    ['{% macro hi(n) %}hi {{ n }}{% endmacro %}{{ hi(a) }}', { a: 'x' }, 'hi x'],
    ['{{ a or "none" }} {{ b or "none" }}', { a: 'x' }, 'x none'],
    [
      '{{ s.toUpperCase() }} {{ s.split("-").length }} {{ n.toFixed(2) }} {{ l.join("+") }}',
      { s: 'a-b', n: 1, l: [1, 2] },
      'A-B 2 1.00 1+2',
    ],
    ['{{ l[1] }} {{ s[0] }} {{ s.length }} {{ o["a b"] }}', { l: [1, 2], s: 'xyz', o: { 'a b': 1 } }, '2 x 3 1'],
    ['{{ s | upper }} {{ s | replace("a", "b") }} {{ s | length }}', { s: 'aa' }, 'AA bb 2'],
  ])('%s', async (template, data, expected) => {
    expect(await body(template, data)).toBe(expected);
  });
});

describe('filters', () => {
  test.each([
    ['{{ a | json }}', { a: 'say "hi"\n' }, '"say \\"hi\\"\\n"'],
    ['{{ o | json }} {{ missing | json }} {{ none | json }}', { o: { a: [1] }, none: null }, '{"a":[1]} null null'],
    ['{{ o | json(1) }}', { o: { a: 1 } }, '{\n "a": 1\n}'],
    ['{{ a | urlencode }}', { a: 'ä b&c/d' }, '%C3%A4%20b%26c%2Fd'],
    [
      '{{ o | urlencode }} {{ n | urlencode }} {{ missing | urlencode }}',
      { o: { 'a b': '=', c: 1 }, n: 5 },
      'a%20b=%3D&c=1 5 ',
    ],
    [
      '{{ a | default("x") }} {{ none | default("x") }} {{ e | default("x") }} {{ e | default("x", true) }}',
      { none: null, e: '' },
      'x x  x',
    ],
    ['{{ s | truncate(8) }}', { s: 'one two three' }, 'one two...'],
    [
      '{{ s | truncate(5, true, "!") }} {{ none | truncate(3) }} {{ n | truncate(2, true, "") }}',
      { s: 'abcdefgh', none: null, n: 12345 },
      'abcde!  12',
    ],
    ['{{ t | date }}', { t: 1627588552 }, '2021-07-29T19:55:52Z'],
    ['{{ t | date }}', { t: 1627588552123 }, '2021-07-29T19:55:52.123Z'],
    [
      '{{ t | date("%Y-%m-%d %H:%M:%S %j %a %B %p %%") }}',
      { t: '2021-07-29T09:05:02+02:00' },
      '2021-07-29 07:05:02 210 Thu July AM %',
    ],
    [
      '{{ "1627588552" | date("%F %T") }}[{{ "rubbish" | date }}][{{ missing | date }}][{{ o | date }}]',
      { o: {} },
      '2021-07-29 19:55:52[][][]',
    ],
  ])('%s', async (template, data, expected) => {
    expect(await body(template, data)).toBe(expected);
  });
});

describe('data that is hard to carry', () => {
  test('values cannot write tags', async () => {
    expect(await body('{{ a }}', { a: '{{ 7 * 7 }}{% if 1 %}' })).toBe('{{ 7 * 7 }}{% if 1 %}');
  });

  test('keys named __proto__, constructor and toString are plain data', async () => {
    const data = JSON.parse(
      '{"__proto__": {"a": 1}, "constructor": "c", "o": {"toString": "t", "__proto__": {"x": 2}}}',
    );
    expect(await body('{{ constructor }} {{ a }} {{ o }} {{ o.toString }} {{ o.x }}', data)).toBe(
      'c  {"toString":"t","__proto__":{"x":2}} t ',
    );
  });

  test('a payload key named __proto__ stays a key', async () => {
    const payload = JSON.parse('{"__proto__": "{{ a }}"}');
    const [outcome] = await sandbox.render(HOOK, { ...bodyOf(''), payload, body: null }, [item({ a: 'A' })]);
    if (outcome?.ok !== true) throw new Error('not rendered');
    expect(JSON.stringify(outcome.rendered.payload)).toBe('{"__proto__":"A"}');
  });

  test('NUL, lone surrogates and emoji come through', async () => {
    const text = 'a\0b \ud800 😀 \u2028';
    expect(await body('{{ t }}', { t: text })).toBe(text);
  });
});

describe('failures', () => {
  test('a fault at run names its field and line', async () => {
    const templates = { ...bodyOf('x'), body: null, payload: { text: 'one\n{{ missing.method() }}' } };
    expect(await sandbox.render(HOOK, templates, [item()])).toEqual([
      {
        ok: false,
        kind: 'runtime',
        message: expect.stringMatching(/^payload\.text: line 2: .*`missing\["method"\]`, which is undefined/),
      },
    ]);
  });

  test('a template that does not compile fails every item as syntax', async () => {
    const outcomes = await sandbox.render(HOOK, bodyOf('a\n{% if %}'), [item(), item()]);
    expect(outcomes).toEqual([
      { ok: false, kind: 'syntax', message: expect.stringMatching(/^body: line 2: /) },
      { ok: false, kind: 'syntax', message: expect.stringMatching(/^body: line 2: /) },
    ]);
  });

  test('one failing item leaves the others their results', async () => {
    const outcomes = await sandbox.render(HOOK, bodyOf('{{ a.trim() }}'), [
      item({ a: ' 1 ' }),
      item(),
      item({ a: '3' }),
    ]);
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.rendered.body : outcome.kind))).toEqual([
      '1',
      'runtime',
      '3',
    ]);
  });

  test.each(['{% include "x" %}', '{% extends "x" %}', '{% import "x" as x %}'])(
    '%s finds nothing',
    async (template) => {
      expect(await render(template)).toMatchObject({
        ok: false,
        kind: 'runtime',
        message: expect.stringMatching(/not found/),
      });
    },
  );
});

describe('checking at write', () => {
  test('names field, line and reason of every fault', async () => {
    const faults = await sandbox.checkTemplates({
      payload: { good: '{{ a }}', bad: 'x\n\n{{ a | nothing( }}', nested: { bad: ['{{ a }}', '{{'] } },
      payloadFormat: true,
      body: '{% for x in %}',
      bodyFormat: true,
      headers: { 'x-a': '{{ a' },
      headersFormat: true,
    });
    expect(faults).toEqual([
      { path: ['payload', 'bad'], line: 3, message: expect.stringMatching(/\w/) },
      { path: ['payload', 'nested', 'bad', 1], line: 1, message: expect.stringMatching(/\w/) },
      { path: ['body'], line: 1, message: expect.stringMatching(/\w/) },
      { path: ['headers', 'x-a'], line: 1, message: 'expected variable end' },
    ]);
  });

  test('finds filters and tests that do not exist, and not their names in texts', async () => {
    const check = async (template: string) => (await sandbox.checkTemplates(bodyOf(template)))[0];
    expect(await check('a\n{{ a | shout }}')).toEqual({ path: ['body'], line: 2, message: 'filter not found: shout' });
    expect(await check('{% if a is odd_one %}{% endif %}')).toMatchObject({ message: 'test not found: odd_one' });
    expect(await check('{{ a | constructor }}')).toMatchObject({ message: 'filter not found: constructor' });
    expect(
      await check('env.getFilter("x") {{ "env.getFilter(\\"x\\")" }} {{ \'env.getFilter("x")\' | upper }}'),
    ).toBeUndefined();
  });

  test('names the last line for what is missing at the end', async () => {
    const faults = await sandbox.checkTemplates(bodyOf('a\nb\n{% if a %}\nc'));
    expect(faults).toEqual([{ path: ['body'], line: 4, message: expect.stringMatching(/endif/) }]);
  });

  test('finds nothing where templates are switched off', async () => {
    expect(await sandbox.checkTemplates({ ...bodyOf('{{'), bodyFormat: false })).toEqual([]);
  });
});
