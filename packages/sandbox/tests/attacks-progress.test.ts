import { openHostileRunner } from './support/hostile-guest.ts';
import { item, items, openTestSandbox } from './support/sandbox.ts';

/**
 * Attacks on the measuring of runs. Lambdas must not reach the numbers that the guest shares with its runner. And the limits
 * must also hold for a guest that lies in everything it says.
 */
const { sandbox, run, javascript, lua, body } = openTestSandbox({ limits: { runCpuMs: 100, taskCpuMs: 100 } });
/** For runs that must succeed, so that a loaded machine does not end them. */
const patient = openTestSandbox({ limits: { runCpuMs: 10_000 } });
const hostile = openHostileRunner({ runCpuMs: 100, taskCpuMs: 100, runWallMs: 2_000 });
afterAll(() => Promise.all([sandbox.close(), patient.sandbox.close(), hostile.close()]));

describe('A2 a lambda does not reach the shared numbers by replacing, before anything ran,', () => {
  const STEAL = `
    const seen = [];
    const keep = (...values) => { for (const value of values) if (value !== null && typeof value === 'object') seen[seen.length] = value };
    const isShared = (value) => Object.prototype.toString.call(value) === '[object SharedArrayBuffer]' || ArrayBuffer.isView(value);
    const found = () => seen.filter((value) => isShared(value) || isShared(value.buffer)).length;`;

  test.each([
    [
      'Int32Array',
      'const Real = Int32Array; globalThis.Int32Array = function (buffer) { keep(buffer); return new Real(buffer) }',
    ],
    [
      'every typed array, and their prototype',
      `for (const name of ['Int32Array', 'Uint8Array', 'DataView']) { const Real = globalThis[name]; globalThis[name] = new Proxy(Real, { construct(target, args) { keep(...args); return new target(...args) } }) }
       const proto = Object.getPrototypeOf(Int8Array.prototype); for (const name of ['set', 'fill', 'at']) proto[name] = function () { keep(this) }`,
    ],
    [
      'setters on Object.prototype and Array.prototype',
      `for (const name of ['0', '1', 'item', 'state', 'progress', 'buffer', 'next', 'run', 'fn'])
         for (const target of [Object.prototype, Array.prototype])
           Object.defineProperty(target, name, { configurable: true, set(value) { keep(this, value) }, get() { keep(this) } })`,
    ],
    [
      'Function.prototype.call, apply and bind, and Reflect',
      `for (const name of ['call', 'apply', 'bind']) Function.prototype[name] = function (...args) { keep(this, ...args.flat()) };
       Reflect.apply = (...args) => { keep(...args.flat()) }`,
    ],
    [
      'Promise, its then and its species',
      `Promise.prototype.then = function (...args) { keep(this, ...args) };
       Object.defineProperty(Promise, Symbol.species, { get() { keep(this); return Promise } });
       Object.defineProperty(Promise.prototype, 'constructor', { get() { keep(this); return Promise } })`,
    ],
    [
      'Error.prepareStackTrace',
      'Error.prepareStackTrace = (error, frames) => { for (const f of frames) keep(f.getThis(), f.getFunction()); return "" }',
    ],
    [
      'JSON, String, Date, Symbol.hasInstance and Symbol.iterator',
      `JSON.stringify = JSON.parse = (...args) => { keep(...args); return '{}' }; globalThis.String = (value) => { keep(value); return '' };
       Date.now = () => NaN; Object.defineProperty(SyntaxError, Symbol.hasInstance, { value: (error) => { keep(error); return true } });
       Array.prototype[Symbol.iterator] = function () { keep(this); return { next: () => ({ done: true }) } }`,
    ],
  ])('%s', async (_name, replace) => {
    const first = `(() => { ${STEAL} globalThis.found = found; ${replace}; return (data) => data })()`;
    const outcomes = await patient.run(
      'javascript',
      [first, 'async (data) => data', '() => ({ found: globalThis.found() })'],
      items(3),
    );
    expect(outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual([{ found: 0 }, { found: 0 }, { found: 0 }]);
    // The limits hold in a context that was changed so.
    const endless = await run('javascript', [first, '() => { for (;;); }'], [item()]);
    expect(endless).toMatchObject([{ ok: false, kind: expect.stringMatching(/timeout|memory|runtime/) }]);
    expect(await javascript('() => 1')).toMatchObject({ ok: true, value: 1 });
  });
});

test('A2 replaced built-ins forge no outcome of the next function or item', async () => {
  const first = `(() => { String.prototype.replace = RegExp.prototype[Symbol.replace] = () => '() => "forged"';
    globalThis.String = () => ({ toString: () => '","ok":true,"x":"' });
    return (data) => data })()`;
  expect(await patient.run('javascript', [first, '(data) => data.index + 1;'], items(2))).toMatchObject([
    { ok: true, value: 1 },
    { ok: true, value: 2 },
  ]);
});

test('A2 neither Lua nor a template has a name that leads to the shared numbers', async () => {
  expect(
    await lua('return function () return { tostring(progress), tostring(SharedArrayBuffer), tostring(js) } end'),
  ).toMatchObject({ value: ['nil', 'nil', 'nil'] });
  expect(await body('[{{ progress }}{{ SharedArrayBuffer }}{{ globalThis }}{{ Int32Array }}]')).toBe('[]');
});

describe('A2 a guest that lies in everything', () => {
  /** A task may use its own CPU time, one run's, and what two slices may use beyond it. The rest is starting an isolate. */
  const maxTaskCpuMs = 100 + 2 * 200 + 300;

  test.each([
    ['counts items up while it loops', 'for (let i = 0; ; i++) progress[0] = i % 50;', 50],
    ['counts items without end', 'for (let i = 0; ; i++) progress[0] = i;', 50],
    ['counts items down and up again', 'for (let i = 0; ; i++) progress[0] = i & 1;', 50],
    ['asks for one more slice for ever', 'progress[1] = 0; return "[]"', 5],
    ['burns a little in each slice for ever', 'progress[1] = 0; progress[0] = calls; burn(40); return "[]"', 50],
    ['says that it has finished, with nothing', 'progress[1] = 1; return "[]"', 5],
    ['asks for fresh contexts for ever', 'progress[1] = 2; return "[]"', 5],
    ['throws, and blames items that have their outcomes', 'progress[0] = 0; throw new Error("x")', 5],
    ['blames an item that is not there', 'progress[0] = 1e9; for (;;);', 5],
    ['returns what is not JSON', 'progress[1] = 0; return "{"', 3],
  ])('that %s is given up within its budget', async (_name, code, count) => {
    const { outcomes, tasks } = await hostile.run(code, count);
    expect(outcomes).toHaveLength(count);
    expect(outcomes.every(({ ok }) => !ok)).toBe(true);
    // Each task brings an outcome or is a strike.
    expect(tasks.length).toBeLessThanOrEqual(count + 3);
    for (const { cpuMs } of tasks) expect(cpuMs).toBeLessThan(maxTaskCpuMs);
  });

  test('that burns just under the limit for each item is sent to the slow runner after one task', async () => {
    const code = 'burn(80); progress[0] = calls; progress[1] = 0; return \'[{"ok":true,"value":1}]\'';
    const { outcomes, tasks, slowedDown } = await hostile.run(code, 6);
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    for (const { cpuMs } of tasks) expect(cpuMs).toBeLessThan(maxTaskCpuMs);
    expect(slowedDown).toBeGreaterThanOrEqual(1);
  });

  test('that returns more than an item may is cut off, in the runner and in the worker', async () => {
    const large = (chars: number) =>
      `progress[1] = 1; return JSON.stringify([{ ok: true, value: 'x'.repeat(${chars}) }])`;
    for (const chars of [300_000, 8_000_000]) {
      const { outcomes } = await hostile.run(large(chars), 1);
      expect(outcomes).toMatchObject([{ ok: false, kind: 'output' }]);
    }
  });

  test('that returns more outcomes than items adds nothing', async () => {
    const { outcomes } = await hostile.run('progress[1] = 1; return JSON.stringify(Array(1000).fill({ ok: true }))', 3);
    expect(outcomes).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  });
});
