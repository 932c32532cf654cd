import { item, openTestSandbox } from './support/sandbox.ts';

/**
 * Ways out of a template or lambda. Templates must not run JavaScript at all. JavaScript lambdas must find nothing but the
 * language. All code is confined to an isolate in a process of its own.
 */
const { sandbox, render, javascript, lua, run } = openTestSandbox();
afterAll(() => sandbox.close());

const CODE = 'return "REACHED"';

describe('a template cannot reach the Function constructor by', () => {
  test.each([
    `{{ range.constructor('${CODE}')() }}`,
    `{{ cycler.constructor('${CODE}')() }}`,
    `{{ joiner.constructor('${CODE}')() }}`,
    `{{ cycler('a').next.constructor('${CODE}')() }}`,
    `{{ joiner(',').constructor('${CODE}')() }}`,
    `{{ ''.constructor.constructor('${CODE}')() }}`,
    `{{ (1).constructor.constructor('${CODE}')() }}`,
    `{{ [].constructor.constructor('${CODE}')() }}`,
    `{{ {}.constructor.constructor('${CODE}')() }}`,
    `{{ text.constructor.constructor('${CODE}')() }}`,
    `{{ object.constructor.constructor('${CODE}')() }}`,
    `{{ list.constructor.constructor('${CODE}')() }}`,
    `{{ constructor.constructor('${CODE}')() }}`,
    `{{ toString.constructor('${CODE}')() }}`,
    `{{ hasOwnProperty.constructor('${CODE}')() }}`,
    `{{ __proto__.constructor.constructor('${CODE}')() }}`,
    `{{ object.__proto__.constructor.constructor('${CODE}')() }}`,
    `{{ object['con' + 'structor']['con' + 'structor']('${CODE}')() }}`,
    `{{ object[['const', 'ructor'] | join][['const', 'ructor'] | join]('${CODE}')() }}`,
    `{{ object['CONSTRUCTOR' | lower]['CONSTRUCTOR' | lower]('${CODE}')() }}`,
    `{{ object[key][key]('${CODE}')() }}`,
    `{{ object[keys][keys]('${CODE}')() }}`,
    `{% macro m() %}{% endmacro %}{{ m.constructor('${CODE}')() }}`,
    `{% macro m() %}{{ caller.constructor('${CODE}')() }}{% endmacro %}{% call m() %}{% endcall %}`,
    `{% set f = range.constructor %}{{ f('${CODE}')() }}`,
    `{% set f = ''.constructor %}{% set g = f.constructor %}{{ g('${CODE}')() }}`,
    `{{ object.__defineGetter__('a', range) }}{{ object.__lookupGetter__('a').constructor('${CODE}')() }}`,
    `{{ object | __defineGetter__('a', range) }}`,
    `{{ ('x' | valueOf).constructor.constructor('${CODE}')() }}`,
    `{{ ('x' | constructor).constructor.constructor('${CODE}')() }}`,
    `{{ ('x' | safe).constructor.constructor('${CODE}')() }}`,
    `{{ ('x' | safe).toString.constructor('${CODE}')() }}`,
    `{{ text.split.constructor('${CODE}')() }}`,
    `{{ text.toUpperCase.bind.constructor('${CODE}')() }}`,
    `{{ list.join.constructor('${CODE}')() }}`,
    `{% for k, v in object.constructor %}{{ v }}{% endfor %}{{ (list | groupby('constructor')).constructor('${CODE}')() }}`,
    `{{ (list | first).constructor.constructor('${CODE}')() }}`,
    `{{ (r/a/g).constructor.constructor('${CODE}')() }}`,
    `{{ loop.constructor.constructor('${CODE}')() }}{% for a in list %}{{ loop.constructor.constructor('${CODE}')() }}{% endfor %}`,
    `{{ super.constructor('${CODE}')() }}{% block b %}{{ super.constructor('${CODE}')() }}{% endblock %}`,
    `{{ self.constructor('${CODE}')() }}{{ env.constructor('${CODE}')() }}{{ context.env.constructor('${CODE}')() }}`,
    `{{ object.valueOf.call.constructor('${CODE}')() }}`,
    `{% if object is callable %}x{% endif %}{{ ('x' is constructor).constructor.constructor('${CODE}')() }}`,
  ])('%s', async (template) => {
    const data = { text: 'text', object: { a: 1 }, list: [{ a: 1 }], key: 'constructor', keys: ['constructor'] };
    const outcome = await render(template, data);
    const shown = outcome.ok ? outcome.rendered.body : outcome.message;
    expect(shown).not.toContain('REACHED');
    // No constructor was printed on the way, either.
    expect(shown).not.toContain('[native code]');
  });
});

test('template code cannot be injected into what nunjucks compiles', async () => {
  for (const template of [
    '{{ a["\\"]; output += \\"REACHED\\"; //"] }}',
    '{% block x"; output+="REACHED"; var y=" %}{% endblock %}',
    '{% set a = "\\u2028output += \'REACHED\'//" %}{{ b }}',
    '{% macro m(a="\\"); throw new Error(\\"REACHED\\"); (\\"") %}{% endmacro %}{{ m() }}',
    "{% for a in [1] %}{{ a }}{% endfor %}{{ 'x\\'; throw new Error(\\'REACHED\\'); \\'' | length }}",
  ]) {
    const outcome = await render(template);
    expect(outcome.ok ? outcome.rendered.body : outcome.message).not.toMatch(/^REACHED|Error: REACHED/);
  }
});

describe('a JavaScript lambda finds nothing of the host', () => {
  const HOST = [
    'process',
    'require',
    'module',
    'exports',
    'global',
    'Buffer',
    '__dirname',
    'fetch',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'queueMicrotask',
    'structuredClone',
    'performance',
    'navigator',
    'Worker',
    'MessageChannel',
    'postMessage',
    'ivm',
    'isolated_vm',
    '$0',
    '__eventhooksGuest',
    'WebAssembly',
    'SharedArrayBuffer',
    'Atomics',
    'FinalizationRegistry',
    'WeakRef',
  ];

  test.each([
    ['globalThis', 'globalThis'],
    ['Function', 'Function("return this")()'],
    ['constructor.constructor', '(() => {}).constructor.constructor("return this")()'],
    ['an indirect eval', '(0, eval)("this")'],
    ['a sloppy function', '(new Function("return (function () { return this })()"))()'],
    [
      'a generator',
      'Object.getPrototypeOf(function* () {}).constructor("return this")().next().constructor.constructor("return this")()',
    ],
    [
      "an error's constructor",
      '(() => { try { null.x } catch (e) { return e.constructor.constructor("return this")() } })()',
    ],
    ["the data's constructor", 'data.constructor.constructor("return this")()'],
    ["the console's constructor", 'console.log.constructor("return this")()'],
  ])('by %s', async (_name, expression) => {
    const outcome = await javascript(
      `(data) => { const g = ${expression}; return { names: ${JSON.stringify(HOST)}.filter((n) => n in g) } }`,
    );
    expect(outcome).toEqual({ ok: true, value: { names: [] }, logs: [] });
  });

  test('by looking at every global', async () => {
    const outcome = await javascript('() => Object.getOwnPropertyNames(globalThis).sort()');
    const LANGUAGE = Object.getOwnPropertyNames(globalThis);
    if (!outcome.ok || !Array.isArray(outcome.value)) throw new Error('no result');
    const own = outcome.value.map(String).filter((name) => !LANGUAGE.includes(name));
    // Names of the language that this version of Node may lack begin with a capital letter.
    expect(own.filter((name) => !/^[A-Z]/.test(name))).toEqual([]);
    expect(outcome.value).not.toEqual(expect.arrayContaining(HOST.slice(0, 1)));
  });

  test('by the frames of an error', async () => {
    const outcome = await javascript(`() => {
      Error.prepareStackTrace = (_, frames) => frames.map((f) => [f.getFunction(), f.getThis(), f.getFileName(), f.getTypeName()]);
      const frames = new Error().stack;
      const held = frames.flatMap(([fn, self]) => [fn, self]).filter((v) => v !== undefined && v !== globalThis && v !== null);
      return { held: held.map((v) => typeof v + (v.name ?? '')).filter((v) => !v.startsWith('function')), files: frames.map((f) => f[2]).join() };
    }`);
    expect(outcome).toMatchObject({ ok: true, value: { held: [], files: expect.not.stringContaining('/') } });
  });

  test('by the callers of a function', async () => {
    const source =
      'new Function("data", "const seen = []; let f = arguments.callee.caller; for (let i = 0; f && i < 9; i++) { seen.push(String(f)); f = f.caller } return { seen }")';
    const outcome = await javascript(source);
    // The guest's code is strict, so its functions are not visible to callers.
    expect(outcome).toMatchObject({ ok: true, value: { seen: [] } });
  });

  test('by importing', async () => {
    const outcome = await javascript(
      'async () => { try { return Object.keys(await import("node:fs")) } catch (e) { return String(e) } }',
    );
    expect(outcome).toMatchObject({ ok: true, value: expect.stringMatching(/^(Type)?Error: /) });
    expect(await javascript('() => import.meta.url')).toMatchObject({ ok: false, kind: 'syntax' });
  });
});

describe('passed data and results are copies', () => {
  test('setters on Object.prototype see nothing of the next item', async () => {
    const source = `(data) => {
      Object.defineProperty(Object.prototype, 'secret', { set(v) { globalThis.stolen = v }, configurable: true });
      return { stolen: globalThis.stolen ?? null, own: Object.hasOwn(data, 'secret') };
    }`;
    const outcomes = await run('javascript', source, [item({ secret: 1 }), item({ secret: 2 })]);
    expect(outcomes).toMatchObject([{ value: { stolen: null, own: true } }, { value: { stolen: null, own: true } }]);
  });

  test('__proto__ in data is a plain key', async () => {
    const data = JSON.parse('{"__proto__": {"polluted": true}}');
    const outcome = await javascript(
      '(data) => [Object.keys(data), data.polluted === undefined, ({}).polluted === undefined]',
      data,
    );
    expect(outcome).toMatchObject({ value: [['__proto__'], true, true] });
  });

  test('__proto__ in a result pollutes nothing here', async () => {
    const outcome = await javascript('() => JSON.parse(\'{"__proto__": {"polluted": true}}\')');
    expect(outcome.ok && Object.keys(outcome.value ?? {})).toEqual(['__proto__']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('a proxy, a getter and toJSON as result are read inside', async () => {
    expect(await javascript('() => new Proxy({ a: 1 }, {})')).toMatchObject({ value: { a: 1 } });
    expect(await javascript('() => ({ get a() { throw new Error("trap") } })')).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^Error: trap/),
    });
    expect(await javascript('() => ({ toJSON: () => ({ b: typeof process }) })')).toMatchObject({
      value: { b: 'undefined' },
    });
  });

  test.each([
    ['an object with a throwing message', '() => { throw { get message() { throw 1 } } }'],
    ['a proxy that throws', '() => { throw new Proxy({}, { has() { throw 1 }, get() { throw 1 } }) }'],
    ['an object without a prototype', '() => { throw Object.create(null) }'],
    ['a symbol', '() => { throw Symbol("s") }'],
    ['a revoked proxy', '() => { const p = Proxy.revocable({}, {}); p.revoke(); throw p.proxy }'],
  ])('throwing %s is a runtime failure', async (_name, source) => {
    expect(await javascript(source)).toMatchObject({ ok: false, kind: 'runtime', message: expect.any(String) });
  });

  test.each([
    ['JSON.stringify', 'JSON.stringify = () => "{"'],
    ['toJSON', 'Object.prototype.toJSON = () => "forged"'],
    [
      'Array.prototype',
      'Array.prototype.push = Array.prototype.join = Array.prototype.map = () => "forged"; Object.defineProperty(Array.prototype, 0, { set() {}, get: () => "forged" })',
    ],
    ['String.prototype', 'String.prototype.slice = String.prototype.charCodeAt = () => "forged"'],
    ['Date.now', 'Date.now = () => NaN'],
    ['Promise', 'Promise.prototype.then = Promise.resolve = () => { throw 1 }'],
    [
      'Reflect',
      'Reflect.apply = () => { throw 1 }; Function.prototype.call = Function.prototype.apply = () => { throw 1 }',
    ],
  ])('replacing %s forges nothing for others, and the batch ends', async (_name, code) => {
    const outcomes = await run(
      'javascript',
      `async (data) => { ${code}; return data.index + 1 }`,
      [0, 1, 2].map((index) => item({ index })),
    );
    expect(outcomes).toHaveLength(3);
    expect(outcomes[0]).toMatchObject({ ok: true, value: 1 });
    expect(await javascript('() => JSON.stringify({ a: [1] })')).toMatchObject({ value: '{"a":[1]}' });
  });
});

const BINARY = "attempt to load a binary chunk (mode is 't')";

describe('a Lua lambda cannot get out by', () => {
  test.each([
    ['string.dump', 'return tostring(string.dump)', 'nil'],
    ['bytecode in load', 'return (select(2, load("\\27Lua", "x", "b")))', BINARY],
    [
      'bytecode in a reader',
      'local done return (select(2, load(function() if not done then done = true return "\\27Lua" end end, "x", "bt")))',
      BINARY,
    ],
    ['bytecode in loadstring', 'return (select(2, loadstring("\\27Lua")))', BINARY],
    ['debug', 'local n = {} for k in pairs(debug) do n[#n + 1] = k end return table.concat(n, ",")', 'traceback'],
    ['os and io', 'return tostring(os) .. tostring(io)', 'nilnil'],
    [
      'the modules of fengari',
      'return tostring((pcall(require, "js"))) .. tostring((pcall(require, "fengari"))) .. tostring(package) .. tostring(fengari)',
      'falsefalsenilnil',
    ],
    ['the metatable of text', 'return tostring(getmetatable("").__index == string)', 'true'],
    [
      'the registry',
      'return tostring(debug.getregistry) .. tostring(debug.getupvalue) .. tostring(debug.sethook)',
      'nilnilnil',
    ],
    [
      'every global',
      'local n = {} for k in pairs(_G) do n[#n + 1] = k end table.sort(n) return table.concat(n, " ")',
      '_G _VERSION assert bit cjson collectgarbage coroutine debug error gcinfo getmetatable ipairs kong load loadstring math next ngx pairs pcall print rawequal rawget rawset require select setmetatable string table tonumber tostring type unpack xpcall',
    ],
  ])('%s', async (_name, statements, expected) => {
    expect(await lua(`return function () ${statements} end`)).toEqual({ ok: true, value: expected, logs: [] });
  });

  test('replacing what the helpers rest on', async () => {
    const outcome = await lua(
      `
      getmetatable("").__index = function() error("caught you") end
      string.format, table.concat, tostring, type, pairs, next, select, error, pcall = nil
      return function(data) kong.log.err("a", 1) ngx.log(ngx.ERR, "b") print(cjson.encode({ data.x })) return data end`,
      { x: 1 },
    );
    expect(outcome).toMatchObject({
      ok: true,
      value: { x: 1 },
      logs: [
        { level: 'err', message: 'a1' },
        { level: 'err', message: 'b' },
        { level: 'notice', message: '[1]' },
      ],
    });
  });
});
