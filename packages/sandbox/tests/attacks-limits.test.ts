import { bodyOf, item, openTestSandbox } from './support/sandbox.ts';

/**
 * Scripts that exceed a limit. Each must end with the name of that limit, and the sandbox must work afterwards. CPU time and
 * memory may run out in either order on a slow machine, so tests accept both where both are right.
 */
const { sandbox, render, javascript, lua, body } = openTestSandbox({ limits: { runCpuMs: 100 } });
/** For limits other than time, so that the time does not run out first on a loaded machine. */
const patient = openTestSandbox({ limits: { runCpuMs: 10_000 } });
afterAll(() => Promise.all([sandbox.close(), patient.sandbox.close()]));
afterEach(async () => expect(await body('{{ a }}', { a: 'alive' })).toBe('alive'));

const BROKEN = /^(timeout|memory)$/;

describe('JavaScript that does not end', () => {
  test.each([
    ['a loop', '() => { for (;;); }'],
    ['a loop that catches everything', '() => { for (;;) try { for (;;); } catch {} finally { for (;;); } }'],
    ['a loop of microtasks', '() => { (function f() { Promise.resolve().then(f) })(); return 1 }'],
    ['a loop of async calls', 'async () => { for (;;) await null }'],
    ['a thenable that loops', '() => ({ then(resolve) { for (;;); } })'],
    ['a thenable that answers with itself', '() => { const t = { then(r) { r(t) } }; return t }'],
    ['a getter that loops, in the result', '() => ({ get a() { for (;;); } })'],
    ['toJSON that loops', '() => ({ toJSON() { for (;;); } })'],
    ['a message that loops, in the error', '() => { throw { get message() { for (;;); } } }'],
    ['toString that loops, in the log', '() => { console.log({ get message() { for (;;); } }) }'],
    ['a regular expression', '() => /^(a+)+$/.test("a".repeat(60) + "b")'],
    ['a sort', '() => [3, 2, 1].sort(() => { for (;;); })'],
    ['a generator', '() => [...(function* () { for (;;) yield 1 })()]'],
    ['a proxy', '() => { const p = new Proxy({}, { ownKeys() { for (;;); } }); return Object.keys(p) }'],
    ['a loop while loading', '(() => { for (;;); })()'],
  ])('%s', async (_name, source) => {
    expect(await javascript(source)).toMatchObject({
      ok: false,
      kind: expect.stringMatching(BROKEN),
      message: expect.stringMatching(/CPU time|MiB/),
    });
  });
});

describe('JavaScript that ignores termination: only the end of its process ends it', () => {
  test.each([
    ['Array(1e9).fill', '() => Array(1e9).fill(0)'],
    ['indexOf', '() => new Array(1e9).indexOf(5)'],
    ['reverse', '() => new Array(4e9).reverse()'],
    ['copyWithin', '() => Array.prototype.copyWithin.call({ length: 2 ** 53 - 1 }, 0, 1)'],
    ['lastIndexOf', '() => Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 1)'],
    ['BigInt squaring', '() => { let a = 2n ** 100000n; for (;;) a = a * a }'],
    ['a BigInt power', '() => 7n ** 90000000n'],
  ])('%s', async (_name, source) => {
    const before = sandbox.stats();
    expect(await javascript(source)).toMatchObject({ ok: false, kind: expect.stringMatching(BROKEN) });
    expect(sandbox.stats().killed + sandbox.stats().lost).toBeGreaterThan(before.killed + before.lost);
  });
});

describe('JavaScript that wants too much memory', () => {
  test.each([
    ['arrays', '() => { const a = []; for (;;) a.push(new Array(1000).fill(1)) }'],
    ['texts', '() => { const a = []; for (let i = 0; ; i++) a.push(String(i).repeat(10000)) }'],
    ['buffers', '() => { const a = []; for (;;) a.push(new ArrayBuffer(1e6)) }'],
    ['one buffer', '() => new ArrayBuffer(1e9)'],
    ['a map', '() => { const m = new Map(); for (let i = 0; ; i++) m.set(i, { i }) }'],
    ['concat', '() => { let a = new Array(1e6).fill(1); for (;;) a = a.concat(a) }'],
    ['arguments', '() => String.fromCharCode.apply(null, { length: 1e8 })'],
    ['promises', '() => { for (;;) new Promise(() => {}).then(() => {}) }'],
    [
      'promises that wait for one another',
      'async () => { const f = async () => { await null; await Promise.all([f(), f()]) }; await f() }',
    ],
    ['normalize', '() => "\\u1E9B\\u0323".repeat(1e7).normalize("NFKD").length'],
    ['closures', '() => { let f = () => 1; for (;;) { const g = f; f = () => g() } }'],
    ['code', '() => { const a = []; for (let i = 0; ; i++) a.push(new Function("return " + i + ";".repeat(1000))) }'],
  ])('%s', async (_name, source) => {
    expect(await javascript(source)).toMatchObject({ ok: false, kind: expect.stringMatching(BROKEN) });
  });

  test('a failed allocation that the script lets pass is named memory', async () => {
    expect(await patient.javascript('() => new ArrayBuffer(1e9)')).toMatchObject({ kind: 'memory' });
  });

  test('a failed allocation that the script catches is its own affair', async () => {
    const outcome = await patient.javascript(
      '() => { try { return new ArrayBuffer(1e9) } catch (e) { return e.name } }',
    );
    expect(outcome).toMatchObject({ ok: true, value: 'RangeError' });
  });
});

describe('JavaScript that nests too deep is its own runtime failure', () => {
  test.each([
    ['recursion', '() => { (function f() { f() })() }'],
    ['a proxy of itself', '() => { const p = new Proxy({}, { get: () => p.x }); p.x }'],
    ['a parsed text', '() => JSON.parse("[".repeat(1e6))'],
    ['a program', '() => eval("(".repeat(1e6))'],
    ['a regular expression', '() => new RegExp("(".repeat(1e5) + ")".repeat(1e5))'],
  ])('%s', async (_name, source) => {
    // A busy machine may take longer than the usual limit to get that deep.
    const outcome = await patient.javascript(source);
    expect(outcome).toMatchObject({ ok: false, kind: 'runtime' });
  });
});

test('a script that crashes V8 itself loses its runner, and its batch goes on', async () => {
  const source = '(data) => data.index === 1 ? "x".repeat(2 ** 29 - 24).split("") : data.index + 1';
  const outcomes = await patient.run(
    'javascript',
    source,
    [0, 1, 2].map((index) => item({ index })),
  );
  expect(outcomes).toMatchObject([
    { ok: true, value: 1 },
    // The runner may notice its growing memory before V8 gives up.
    { ok: false, kind: expect.stringMatching(/^(runner_lost|memory)$/) },
    { ok: true, value: 3 },
  ]);
});

test('a result that nests too deep is named output', async () => {
  const nested = (depth: number) => `() => { let a = []; for (let i = 1; i < ${depth}; i++) a = [a]; return a }`;
  expect(await patient.javascript(nested(64))).toMatchObject({ ok: true });
  expect(await patient.javascript(nested(65))).toMatchObject({ ok: false, kind: 'output' });
  expect(await patient.javascript(nested(50_000))).toMatchObject({ ok: false });
});

describe('floods', () => {
  const { render, javascript, lua } = patient;
  const LIMIT = 256 * 1024;

  test('a result of exactly the limit passes, one byte more does not', async () => {
    // The limit is measured on {"ok":true,"value":"…","logs":[]}.
    const frame = '{"ok":true,"value":"","logs":[]}'.length;
    expect(await javascript(`() => "x".repeat(${LIMIT - frame})`)).toMatchObject({ ok: true });
    expect(await javascript(`() => "x".repeat(${LIMIT - frame + 1})`)).toMatchObject({ ok: false, kind: 'output' });
    // The limit counts bytes, not characters.
    expect(await javascript(`() => "€".repeat(${Math.floor((LIMIT - frame) / 3)})`)).toMatchObject({ ok: true });
    expect(await javascript(`() => "€".repeat(${Math.ceil((LIMIT - frame + 1) / 3)})`)).toMatchObject({
      ok: false,
      kind: 'output',
    });
  });

  test.each([
    ['a JavaScript result', () => javascript('() => "x".repeat(1e6)')],
    ['a Lua result', () => lua('return function () return string.rep("x", 1e6) end')],
    ['a template', () => render('{% for a in range(30000) %}0123456789{% endfor %}')],
    ['a template of padding', () => render('{{ "x".padEnd(1000000) }}')],
  ])('%s beyond the limit is named output', async (_name, attack) => {
    expect(await attack()).toMatchObject({ ok: false, kind: 'output', message: expect.stringContaining('262144') });
  });

  test.each([
    ['JavaScript', () => javascript('() => { throw new Error("x".repeat(1e6)) }')],
    [
      'JavaScript, by its name',
      () => javascript('() => { const e = new Error("m"); e.name = "x".repeat(1e6); throw e }'),
    ],
    ['JavaScript, no error at all', () => javascript('() => { throw "x".repeat(1e6) }')],
    ['Lua', () => lua('return function () error(string.rep("x", 1e6)) end')],
    ['a Lua reason', () => lua('return function () return nil, string.rep("x", 1e6) end')],
    ['a template', () => render('{{ ("x".padEnd(1000000))() }}{{ missing[name]() }}', { name: 'x'.repeat(100_000) })],
  ])('an error text of %s is cut', async (_name, attack) => {
    const outcome = await attack();
    if (outcome.ok) throw new Error('should fail');
    // The text was cut inside the isolate. If it had crossed whole, the failure would be named `output`.
    expect(outcome.kind).toBe('runtime');
    expect(outcome.message.length).toBeGreaterThan(0);
    expect(outcome.message.length).toBeLessThanOrEqual(2_048);
  });

  test.each([
    ['JavaScript', () => javascript('() => { for (let i = 0; i < 5000; i++) console.log("line", i); return 1 }')],
    ['Lua', () => lua('return function () for i = 1, 5000 do print("line", i) end return 1 end')],
  ])('log lines of %s are counted', async (_name, attack) => {
    const outcome = await attack();
    if (!('logs' in outcome)) throw new Error('no logs');
    expect(outcome).toMatchObject({ ok: true });
    expect(outcome.logs).toHaveLength(101);
    expect(outcome.logs.at(-1)).toEqual({ level: 'warn', message: '4900 more log lines were dropped' });
  });

  test('long log lines are cut', async () => {
    const outcome = await javascript('() => { console.log("x".repeat(1e6)); console.log("more"); return 1 }');
    if (!outcome.ok) throw new Error(outcome.message);
    expect(outcome.logs.map(({ message }) => message.length)).toEqual([16_384, '1 more log lines were dropped'.length]);
  });

  test('an enormous error that nobody handles ends the runner at most', async () => {
    const outcome = await javascript('() => { Promise.reject(new Error("x".repeat(5e8))); return 1 }');
    expect(outcome.ok || outcome.kind).not.toBe('runtime');
  });
});

describe('templates that want too much', () => {
  test.each([
    ['range', '{{ range(1000000000) | length }}'],
    ['range in a loop', '{% for a in range(1000000000) %}{% endfor %}'],
    ['nested loops', '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}'],
    ['a step that never arrives', '{{ range(0, 1, 0.000000001) | length }}'],
    ['center', '{{ "a" | center(1000000000) | length }}'],
    ['indent', '{{ "a" | indent(1000000000, true) | length }}'],
    ['slice', '{{ "abc" | list | slice(1000000000) | length }}'],
    ['batch', '{{ [1] | batch(1000000000, "x") | length }}'],
    [
      'a recursive macro with two calls',
      '{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}',
    ],
    ['doubling', '{% set s = "xxxxxxxx" %}{% for i in range(64) %}{% set s = s + s %}{% endfor %}{{ s | length }}'],
    [
      'a regular expression',
      '{% set r = r/^(a+)+$/g %}{{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab" | replace(r, "") }}',
    ],
    ['replace with nothing', '{% set s = "x".padEnd(100000) %}{{ s | replace("", s) | length }}'],
  ])('%s', async (_name, template) => {
    const outcome = await render(template);
    expect(outcome).toMatchObject({ ok: false, kind: expect.stringMatching(/^(timeout|memory|runtime)$/) });
  });

  test('a macro that calls itself for ever is a runtime failure', async () => {
    const outcome = await patient.render('{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}');
    expect(outcome).toMatchObject({ ok: false, kind: 'runtime', message: expect.stringContaining('call stack') });
  });

  test('a template too large or too deep to compile is refused at write', async () => {
    for (const template of [
      '{{ '.repeat(20_000),
      `{{ ${'('.repeat(20_000)}a${')'.repeat(20_000)} }}`,
      '{% if a %}'.repeat(5_000),
    ]) {
      const faults = await sandbox.checkTemplates(bodyOf(template));
      expect(faults).toHaveLength(1);
    }
  });
});

describe('Lua that wants too much', () => {
  test.each([
    ['a loop', 'while true do end'],
    ['a loop under pcall', 'while true do pcall(function() while true do end end) end'],
    ['a loop in a coroutine', 'local co = coroutine.wrap(function() while true do end end) co()'],
    ['a loop in a metamethod', 'local t = setmetatable({}, { __index = function() while true do end end }) return t.x'],
    ['a loop in __tostring', 'print(setmetatable({}, { __tostring = function() while true do end end }))'],
    ['a goto', '::a:: goto a'],
    ['a recursion without end by tail calls', 'local function f() return f() end return f()'],
    ['a pathological pattern', 'return ("a"):rep(300):find((".-"):rep(9) .. "b")'],
    ['a sort', 'table.sort({ 3, 2, 1 }, function() while true do end end)'],
    ['a coroutine bomb', 'local function f() coroutine.wrap(f)() end while true do pcall(f) end'],
    ['coroutines without end', 'local t = {} while true do t[#t + 1] = coroutine.create(function() end) end'],
    ['tables', 'local t = {} while true do t[#t + 1] = { 1, 2, 3 } end'],
    ['a text', 'local s = "x" while true do s = s .. s end'],
    ['string.rep', 'local t = {} for i = 1, 1e6 do t[i] = string.rep("x", 1e7) end'],
    ['a gsub that grows', 'local s = "xx" while true do s = s:gsub("x", "xx") end'],
    ['closures by load', 'local t = {} while true do t[#t + 1] = load("return " .. #t) end'],
  ])('%s', async (_name, statements) => {
    expect(await lua(`return function () ${statements} end`)).toMatchObject({
      ok: false,
      kind: expect.stringMatching(BROKEN),
    });
  });

  test.each([
    ['recursion', 'local function f() return 1 + f() end return f()', /stack overflow/],
    ['recursion through pcall', 'local function f() return select(2, pcall(f)) end error(f(), 0)', /overflow|stack/],
    ['a chain of metamethods', 'local t = {} setmetatable(t, { __index = t }) return t.x', /loop/],
    [
      'a chunk too deep',
      'assert(load("return " .. ("("):rep(1000) .. "1" .. (")"):rep(1000)))',
      /overflow|levels|limit/,
    ],
    [
      'a table too deep for JSON',
      'local t = {} for i = 1, 2000 do t = { t } end return cjson.encode(t)',
      /excessive depth/,
    ],
    ['a table that holds itself', 'local t = {} t.t = t return cjson.encode(t)', /excessive depth/],
  ])('%s is its own runtime failure', async (_name, statements, message) => {
    expect(await patient.lua(`return function () ${statements} end`)).toMatchObject({
      ok: false,
      kind: 'runtime',
      message: expect.stringMatching(message),
    });
  });

  test('one text too large is named memory', async () => {
    const outcome = await patient.lua('return function () return #string.rep("x", 1e9) end');
    expect(outcome).toMatchObject({ ok: false, kind: 'memory', message: 'not enough memory' });
  });

  test('a loop while loading', async () => {
    expect(await lua('while true do end')).toMatchObject({ ok: false, kind: 'timeout' });
  });

  test('a state whose memory ran out, though the script caught it, serves no further item', async () => {
    const source = `
      marked = false
      return function (data)
        local before = marked
        if data.index == 0 then
          marked = true
          pcall(string.rep, "x", 1e9)
        end
        return { before }
      end`;
    const outcomes = await patient.run('lua', source, [item({ index: 0 }), item({ index: 1 })]);
    // The state is fresh, and the source was loaded again.
    expect(outcomes).toMatchObject([
      { ok: true, value: [false] },
      { ok: true, value: [false] },
    ]);
  });
});

test('sources that are hard to compile are faults at write', async () => {
  expect(await sandbox.checkFunctions('javascript', ['('.repeat(1e5), `[${'['.repeat(1e5)}`, '() => 1'])).toHaveLength(
    2,
  );
  const tooMany = `${'local a '.repeat(300)} return function () end`;
  const tooDeep = `return function () return ${'('.repeat(1e4)}1${')'.repeat(1e4)} end`;
  expect(await sandbox.checkFunctions('lua', [tooMany, tooDeep, 'return function () end'])).toMatchObject([
    { path: ['functions', 0], message: expect.stringContaining('too many local variables') },
    { path: ['functions', 1] },
  ]);
});

test('a source that takes too long to compile is a fault at write', async () => {
  const hurried = openTestSandbox({ limits: { runCpuMs: 20 } });
  const faults = await hurried.sandbox.checkFunctions('lua', [
    `return function () ${'local a = {} '.repeat(150)} ${'f({ 1, 2, 3 }) '.repeat(200_000)} end`,
  ]);
  expect(faults).toEqual([
    { path: ['functions', 0], line: null, message: expect.stringMatching(/^cannot be compiled: /) },
  ]);
  await hurried.sandbox.close();
});
