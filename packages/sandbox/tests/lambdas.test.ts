import { createHash } from 'node:crypto';
import { item, items, openTestSandbox } from './support/sandbox.ts';

const { sandbox, lua, javascript, run } = openTestSandbox();
afterAll(() => sandbox.close());

/** Runs Lua statements with `data`, `event` and `source` in scope; they return the result. */
const inLua = (statements: string, data: object = {}) =>
  lua(`return function (data, event, source, pid) ${statements} end`, data);
const REFERENCE =
  'return function (data, event, source, pid)\n local user = data.entity.username\n error("Event hook on consumer " .. user .. "")\nend\n';

describe('Lua lambdas', () => {
  test('the example of the reference page fails with exactly the words that Kong logs', async () => {
    expect(await lua(REFERENCE, { entity: { username: 'Ada' } })).toEqual({
      ok: false,
      kind: 'runtime',
      message: '[string "return function (data, event, source, pid)..."]:3: Event hook on consumer Ada',
      logs: [],
    });
  });

  test('get data, event, source and pid', async () => {
    const outcome = await inLua('return { data.a.b[2], event, source, type(pid) }', { a: { b: [1, 'two'] } });
    expect(outcome).toEqual({ ok: true, value: ['two', 'consumers', 'crud', 'number'], logs: [] });
  });

  test('are chained: the first result of each is the data of the next', async () => {
    const chain = [
      'return function (data) return { n = data.n + 1 } end',
      'return function (data, event) return { data.n, event } end',
    ];
    expect(await lua(chain, { n: 1 })).toMatchObject({ ok: true, value: [2, 'consumers'] });
  });

  test.each([
    ['true', 'return true', true],
    ['zero', 'return 0', 0],
    ['an empty text', 'return ""', ''],
    ['a table', 'return { a = { 1, 2 } }', { a: [1, 2] }],
    ['something without JSON', 'return ngx', '(a table value)'],
    ['a function', 'return print', '(a function value)'],
    ['not a number', 'return 0/0', '(a number value)'],
  ])('succeed with %s', async (_name, statements, value) => {
    expect(await inLua(statements)).toEqual({ ok: true, value, logs: [] });
  });

  test.each([
    ['nothing', 'return', 'the last function returned nil'],
    ['false', 'return false', 'the last function returned false'],
    ['nil and a reason', 'return nil, "not today"', 'not today'],
    ['error without a place', 'error("plain", 0)', 'plain'],
    ['a table thrown', 'error({ code = 42 })', '{"code":42}'],
    ['a function thrown', 'error(print)', '(error object is a function value)'],
    ['nil thrown', 'error()', '(error object is a nil value)'],
    [
      'an index of nil',
      'return data.entity.username',
      '[string "return function (data, event, source, pid) re..."]:1: attempt to index a nil value (field \'entity\')',
    ],
  ])('fail with %s', async (_name, statements, message) => {
    expect(await inLua(statements)).toEqual({ ok: false, kind: 'runtime', message, logs: [] });
  });

  test('a reason in the middle of the chain ends it', async () => {
    const chain = ['return function () return nil, "first" end', 'return function () return true end'];
    expect(await lua(chain)).toMatchObject({ ok: false, message: 'first' });
  });

  test('a source that gives no function says so', async () => {
    expect(await lua('return 5')).toMatchObject({
      ok: false,
      kind: 'runtime',
      message: 'functions[0]: returns number where a function is expected',
    });
  });

  test('a source that does not compile fails as syntax, with its place', async () => {
    expect(await lua(['return function () end', 'return function (\n'])).toMatchObject({
      ok: false,
      kind: 'syntax',
      message: expect.stringMatching(/^functions\[1\]: \[string "return function \(\.\.\."\]:2: /),
    });
  });

  test('null fields of the data are absent, nulls in lists are ngx.null', async () => {
    const outcome = await inLua('return { data.none == nil, #data.list, data.list[2] == ngx.null }', {
      none: null,
      list: [1, null, 3],
    });
    expect(outcome).toMatchObject({ value: [true, 3, true] });
  });

  test('numbers keep their value on the way in and out', async () => {
    const numbers = [0, -1, 2147483647, 2147483648, -2147483649, 1627588552123, 9007199254740991, 0.1, 1e300, -2.5];
    expect(await inLua('return data.n', { n: numbers })).toMatchObject({ value: numbers });
  });

  test('texts keep their characters', async () => {
    const text = 'ä€😀\0\n"\\';
    expect(await inLua('return { data.t, #data.t }', { t: text })).toMatchObject({
      value: [text, Buffer.byteLength(text)],
    });
  });

  test('an empty table is an object, cjson.empty_array a list', async () => {
    expect(await inLua('return { {}, cjson.empty_array, ngx.null }')).toMatchObject({ value: [{}, [], null] });
  });
});

describe("OpenResty's and Kong's helpers", () => {
  test('log lines come back with their levels, in order', async () => {
    const outcome = await inLua(`
      kong.log("a", 1, nil, true) kong.log.err("b") kong.log.warn("c") kong.log.debug("d") kong.log.crit("e")
      ngx.log(ngx.INFO, "f", 2) print("g") kong.log.inspect({ 1, 2 }, "x")
      return true`);
    expect(outcome).toEqual({
      ok: true,
      value: true,
      logs: [
        { level: 'notice', message: 'a1niltrue' },
        { level: 'err', message: 'b' },
        { level: 'warn', message: 'c' },
        { level: 'debug', message: 'd' },
        { level: 'crit', message: 'e' },
        { level: 'info', message: 'f2' },
        { level: 'notice', message: 'g' },
        { level: 'debug', message: '[1,2] x' },
      ],
    });
  });

  test('a failed run keeps its log lines, and the next item of the batch has none of them', async () => {
    const outcomes = await run(
      'lua',
      'return function (data) if data.index == 0 then print("seen") error("x", 0) end return true end',
      items(2),
    );
    expect(outcomes).toEqual([
      { ok: false, kind: 'runtime', message: 'x', logs: [{ level: 'notice', message: 'seen' }] },
      { ok: true, value: true, logs: [] },
    ]);
  });

  test('ngx.md5 is MD5', async () => {
    for (const text of [
      '',
      'a',
      'message digest',
      'ä'.repeat(40),
      'x'.repeat(55),
      'x'.repeat(56),
      'x'.repeat(64),
      'x'.repeat(1000),
    ]) {
      const expected = createHash('md5').update(text).digest('hex');
      expect(await inLua('return ngx.md5(data.t)', { t: text })).toMatchObject({ value: expected });
    }
  });

  test('ngx.encode_base64 and decode_base64 are inverse, of any bytes', async () => {
    for (const text of ['', 'a', 'ab', 'abc', 'ä€😀', '\0\0\0\0']) {
      const base64 = Buffer.from(text).toString('base64');
      const outcome = await inLua('return { ngx.encode_base64(data.t), ngx.decode_base64(data.b) }', {
        t: text,
        b: base64,
      });
      expect(outcome).toMatchObject({ value: [base64, text] });
    }
    const outcome = await inLua(`local all = {} for i = 0, 255 do all[#all + 1] = string.char(i) end
      local bytes = table.concat(all)
      return { ngx.decode_base64(ngx.encode_base64(bytes)) == bytes, ngx.encode_base64("a", true), tostring(ngx.decode_base64("#")) }`);
    expect(outcome).toMatchObject({ value: [true, 'YQ', 'nil'] });
  });

  test('ngx.time and ngx.now are the time', async () => {
    const before = Date.now() / 1000;
    const outcome = await inLua('return { ngx.time(), ngx.now() }');
    if (!outcome.ok || !Array.isArray(outcome.value)) throw new Error('no result');
    const [time, now] = outcome.value.map(Number);
    expect(time).toBe(Math.floor(time ?? 0));
    expect(Math.abs((now ?? 0) - before)).toBeLessThan(60);
    expect(Math.abs((time ?? 0) - before)).toBeLessThan(60);
  });

  test('cjson encodes and decodes as lua-cjson does', async () => {
    const outcome = await inLua(`
      local decoded = cjson.decode('{"a":[1,null],"b":{"c":"d"}}')
      local ok, message = pcall(cjson.encode, { [1] = 1, [1000] = 2 })
      local safe, fault = require("cjson.safe").decode("{")
      return { cjson.encode({ 1, "2", true }), decoded.a[2] == cjson.null, decoded.b.c, ok, message, safe == nil, type(fault),
        cjson.encode({ [3] = "x", y = 1 }), cjson.encode(0.1 + 0.2), cjson.encode(2 ^ 53) }`);
    expect(outcome).toMatchObject({
      value: [
        '[1,"2",true]',
        true,
        'd',
        false,
        'Cannot serialise table: excessively sparse array',
        true,
        'string',
        expect.stringMatching(/^\{("3":"x","y":1|"y":1,"3":"x")\}$/),
        '0.3',
        '9007199254740992',
      ],
    });
  });
});

describe('JavaScript lambdas', () => {
  test.each([
    ['an expression', '(data, event, source) => [data.a, event, source]'],
    ['an expression with a semicolon', '(data, event, source) => [data.a, event, source];\n'],
    ['a function expression', 'function (data, event, source) { return [data.a, event, source] }'],
    ['an async function', 'async (data, event, source) => [await data.a, event, source]'],
    ['a chunk', 'const pick = (d) => d.a;\nreturn (data, event, source) => [pick(data), event, source];'],
    ['an expression with a comment at its end', '(data, event, source) => [data.a, event, source] // done'],
  ])('may be %s', async (_name, source) => {
    expect(await javascript(source, { a: 1 })).toEqual({ ok: true, value: [1, 'consumers', 'crud'], logs: [] });
  });

  test('get pid as well, in each of a chain', async () => {
    const chain = ['async (data, event, source, pid) => pid + 1', '(data, event, source, pid) => [data, pid]'];
    expect(await javascript(chain)).toEqual({ ok: true, value: [1, 0], logs: [] });
  });

  test('are chained, waiting where one is async', async () => {
    const chain = [
      'async (data) => ({ n: data.n + 1 })',
      '(data) => ({ n: data.n * 10 })',
      'async (data, event) => [data.n, event]',
    ];
    expect(await javascript(chain, { n: 1 })).toMatchObject({ ok: true, value: [20, 'consumers'] });
  });

  test.each([
    ['false', '() => false', 'the last function returned false'],
    ['nothing', '() => {}', 'the last function returned undefined'],
    ['nothing, later', 'async () => {}', 'the last function returned undefined'],
    ['an error, with its place', '(d) => {\n  throw new TypeError("no")\n}', 'TypeError: no (functions[0]:2)'],
    ['an error, later', 'async () => { throw new Error("late") }', 'Error: late (functions[0]:1)'],
    ['a text thrown', '() => { throw "text" }', 'text'],
    ['a result without JSON', '() => 1n', expect.stringMatching(/BigInt/)],
    ['a result that holds itself', '() => { const a = {}; a.a = a; return a }', expect.stringMatching(/circular/)],
    ['no function', '5', 'functions[0]: gives number where a function is expected'],
    [
      'an error while loading',
      '(() => { throw new Error("early") })()',
      expect.stringMatching(/^functions\[0\]: Error: early/),
    ],
  ])('fail with %s', async (_name, source, message) => {
    expect(await javascript(source)).toEqual({ ok: false, kind: 'runtime', message, logs: [] });
  });

  test('a promise that never settles is a timeout, at once', async () => {
    expect(await javascript('() => new Promise(() => {})')).toEqual({
      ok: false,
      kind: 'timeout',
      message: 'the promise never settles',
      logs: [],
    });
  });

  test('a promise that was given up does not answer for the next item', async () => {
    const source = `(data) => new Promise((resolve) => { globalThis.late?.("stale"); globalThis.late = resolve; if (data.index === 1) resolve("own") })`;
    const outcomes = await run('javascript', source, items(2));
    expect(outcomes).toMatchObject([
      { ok: false, kind: 'timeout' },
      { ok: true, value: 'own' },
    ]);
  });

  test('console lines come back', async () => {
    const outcome = await javascript(
      '() => { console.log("a", { b: [1] }, null); console.error(new Error("c")); console.warn(1); return 1 }',
    );
    expect(outcome).toMatchObject({
      logs: [
        { level: 'info', message: 'a {"b":[1]} null' },
        { level: 'err', message: expect.stringMatching(/^Error: c/) },
        { level: 'warn', message: '1' },
      ],
    });
  });

  test('a rejection that nobody handles does not change the result', async () => {
    const outcomes = await run(
      'javascript',
      '(d) => { Promise.reject(new Error("stray")); return d.index + 1 }',
      items(3),
    );
    expect(outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual([1, 2, 3]);
  });
});

describe('checking at write', () => {
  test('Lua faults have their line', async () => {
    const faults = await sandbox.checkFunctions('lua', [
      'return function () end',
      'return function ()\n  local = 1\nend',
    ]);
    expect(faults).toEqual([
      { path: ['functions', 1], line: 2, message: expect.stringMatching(/<name> expected near '='/) },
    ]);
  });

  test('JavaScript faults have their line, and nothing runs', async () => {
    const faults = await sandbox.checkFunctions('javascript', [
      '(d) => d',
      'const a = 1;\nreturn (d) => d',
      '(() => { for (;;); })()',
      '(d) => {\n  const x = ;\n}',
      'const a = 1;\nreturn (d) =>> d',
    ]);
    expect(faults).toEqual([
      { path: ['functions', 3], line: 2, message: "Unexpected token ';'" },
      { path: ['functions', 4], line: 2, message: "Unexpected token '>>'".replace('>>', '>') },
    ]);
  });
});

test('every run is reported for the metrics', async () => {
  const runs: string[] = [];
  const counted = openTestSandbox({ onRun: (kind, result) => runs.push(`${kind} ${result}`) });
  await counted.run('lua', 'return function (data) return data.index ~= 1 end', items(3));
  await counted.body('{{ a }}');
  expect(runs).toEqual(['lambda ok', 'lambda runtime', 'lambda ok', 'template ok']);
  await counted.sandbox.close();
});

test('an item that is no JSON fails alone', async () => {
  const batch = [item(), { ...item(), data: '{' }, item()];
  const outcomes = await run('lua', 'return function () return true end', batch);
  expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
});
