import { bodyOf, item, items, openTestSandbox } from './support/sandbox.ts';

/** No hook sees the globals of another, and no batch those of an earlier one. */
const { sandbox, run } = openTestSandbox();
afterAll(() => sandbox.close());

const POLLUTE = `
  globalThis.leak = 'leak'; Object.prototype.leak = 'leak'; Array.prototype.leak = 'leak'; Function.prototype.leak = 'leak';
  Object.prototype.toJSON = function () { return 'leak' };
  Array.prototype.map = () => 'leak'; JSON.parse = () => 'leak'; Math.max = () => 'leak'; String.prototype.trim = () => 'leak';
  Error.prepareStackTrace = () => 'leak'; Symbol.for('leak').constructor.leak = 'leak'; console.log.leak = 'leak';`;
const LOOK = `[typeof globalThis.leak, ({}).leak, [].leak, (() => {}).leak, JSON.stringify([1].map((x) => x)), Math.max(1, 2), ' a '.trim(),
  String(Error.prepareStackTrace), Symbol.leak, console.log.leak].map(String)`;
const CLEAN = [
  'undefined',
  'undefined',
  'undefined',
  'undefined',
  '[1]',
  '2',
  'a',
  'undefined',
  'undefined',
  'undefined',
];

test('what a JavaScript batch does to its built-ins is gone for the next batch of the same hook', async () => {
  const source = `(data) => { if (data.index === 9) { ${POLLUTE} return 1 } return ${LOOK} }`;
  await run('javascript', source, [item({ index: 9 })], 'same');
  expect(await run('javascript', source, [item({ index: 0 })], 'same')).toMatchObject([{ ok: true, value: CLEAN }]);
});

test('nor does another hook see it, in the same runner', async () => {
  await run('javascript', `() => { ${POLLUTE} return 1 }`, [item()], 'polluter');
  expect(await run('javascript', `() => ${LOOK}`, [item()], 'neighbour')).toMatchObject([{ ok: true, value: CLEAN }]);
});

test('templates render as before after a lambda of the same hook id polluted', async () => {
  await run('javascript', `() => { ${POLLUTE} return 1 }`, [item()], 'both');
  const [outcome] = await sandbox.render(
    { id: 'both', revision: '1' },
    bodyOf('{{ leak }}{{ a | json }}{{ s | trim }}'),
    [item({ a: [1], s: ' x ' })],
  );
  expect(outcome).toMatchObject({ ok: true, rendered: { body: '[1]x' } });
});

const LUA_POLLUTE = `
  leak = "leak" string.upper = function() return "leak" end getmetatable("").__index = function() return "leak" end
  table.concat = function() return "leak" end cjson.encode = function() return "leak" end kong.log.err = function() error("leak") end
  ngx.md5 = nil setmetatable(_G, { __index = function() return "leak" end })`;
const LUA_LOOK =
  'return { tostring(rawget(_G, "leak")), tostring(nothing), ("a"):upper(), table.concat({ 1 }), cjson.encode({ 1 }), type(ngx.md5) }';
const LUA_CLEAN = ['nil', 'nil', 'A', '1', '[1]', 'function'];

test('what a Lua batch does to its globals is gone for the next batch of the same hook', async () => {
  const source = `return function (data) if data.index == 9 then ${LUA_POLLUTE} return 1 end ${LUA_LOOK} end`;
  await run('lua', source, [item({ index: 9 })], 'lua-same');
  expect(await run('lua', source, [item({ index: 0 })], 'lua-same')).toMatchObject([{ ok: true, value: LUA_CLEAN }]);
});

test('nor does another Lua hook see it', async () => {
  await run('lua', `return function () ${LUA_POLLUTE} return 1 end`, [item()], 'lua-polluter');
  expect(await run('lua', `return function () ${LUA_LOOK} end`, [item()], 'lua-neighbour')).toMatchObject([
    { ok: true, value: LUA_CLEAN },
  ]);
});

test('a template cannot leave anything for the next item, the next template or the next batch', async () => {
  const hook = { id: 'template', revision: '1' };
  const templates = {
    ...bodyOf('{% if not index %}{% set leak = "leak" %}{% endif %}[{{ leak }}]'),
    payload: { a: '{% set other = "leak" %}{{ index }}', b: '[{{ other }}{{ leak }}]' },
  };
  const outcomes = await sandbox.render(hook, templates, items(2));
  expect(outcomes).toMatchObject([
    { rendered: { body: '[leak]', payload: { b: '[]' } } },
    { rendered: { body: '[]', payload: { b: '[]' } } },
  ]);
  expect(await sandbox.render(hook, templates, [item({ index: 1 })])).toMatchObject([{ rendered: { body: '[]' } }]);
});

test('microtasks that a run leaves behind do not answer in a later batch', async () => {
  const source = `(data) => { if (data.index === 9) { (async () => { for (let i = 0; i < 1000; i++) await null; globalThis.late = 1 })(); return 1 } return [typeof globalThis.late] }`;
  await run('javascript', source, [item({ index: 9 })], 'late');
  expect(await run('javascript', source, [item({ index: 0 })], 'late')).toMatchObject([{ value: ['undefined'] }]);
});

test('a hook whose sources changed runs the new ones at once, whatever its revision says', async () => {
  expect(await run('lua', 'return function () return "old" end', [item()], 'edited')).toMatchObject([{ value: 'old' }]);
  expect(await run('lua', 'return function () return "new" end', [item()], 'edited')).toMatchObject([{ value: 'new' }]);
});

test('more hooks than a runner keeps warm all get their own answers', async () => {
  const crowded = openTestSandbox({ limits: { warmIsolates: 2 } });
  const ids = Array.from({ length: 6 }, (_, index) => `hook-${index}`);
  for (const round of [1, 2]) {
    const outcomes = await Promise.all(
      ids.map((id) => crowded.run('lua', `return function () return "${id}" end`, [item({ round })], id)),
    );
    expect(outcomes.map(([outcome]) => outcome?.ok && outcome.value)).toEqual(ids);
  }
  await crowded.sandbox.close();
});

test.each([
  ['lua', 'return function (data) error("no " .. data.index) end'],
  ['lua', 'return function (data) local ok, reason = pcall(error, "caught") return { reason, data.index } end'],
  ['lua', 'return function (data) local co = coroutine.wrap(function () error("inside") end) co() end'],
  ['javascript', '(data) => { throw new Error("no " + data.index) }'],
  ['javascript', 'async (data) => { const list = [1, 2, 3]; list.length = 1; return [list.length, data.index] }'],
] as const)('each batch of a hook ends as its first did: %s, %s', async (language, source) => {
  const ends: unknown[] = [];
  for (let batch = 0; batch < 5; batch += 1) ends.push(await run(language, source, items(2), `again ${source}`));
  expect(ends).toEqual(Array.from({ length: 5 }, () => ends[0]));
  expect(ends[0]).not.toMatchObject([{ kind: 'memory' }, {}]);
});

test('each batch of a hook renders as its first did', async () => {
  const templates = bodyOf(
    '{% for a in [1, 2] %}{{ a }}{{ index }}{% endfor %}{{ index | nothing_of_the_kind if index > 1 }}',
  );
  const hook = { id: 'renders again', revision: '1' };
  const ends: unknown[] = [];
  for (let batch = 0; batch < 5; batch += 1) ends.push(await sandbox.render(hook, templates, items(3)));
  expect(ends).toEqual(Array.from({ length: 5 }, () => ends[0]));
});
