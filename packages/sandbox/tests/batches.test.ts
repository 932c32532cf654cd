import { bodyOf, item, items, openTestSandbox } from './support/sandbox.ts';

/** The outcome of one item must not change another's. */
const { sandbox, run } = openTestSandbox({ limits: { runCpuMs: 100, taskCpuMs: 100 } });
/** For batches within the limits, so that a loaded machine does not make them overrun. Tasks are as short as above. */
const patient = openTestSandbox({ limits: { runCpuMs: 10_000, taskCpuMs: 100 } });
afterAll(() => Promise.all([sandbox.close(), patient.sandbox.close()]));

/** The outcome of each item of a batch: its value, or the name of its failure. */
async function endings(language: 'lua' | 'javascript', source: string, count: number): Promise<unknown[]> {
  const outcomes = await run(language, source, items(count));
  return outcomes.map((outcome) => (outcome.ok ? outcome.value : outcome.kind));
}

const others = (count: number, failed: Record<number, string>) =>
  Array.from({ length: count }, (_, index) => failed[index] ?? index + 1);

test.each([
  ['an endless loop', '(d) => { if (d.index === 2) for (;;); return d.index + 1 }'],
  ['a call that only the end of the process ends', '(d) => d.index === 2 ? new Array(1e9).indexOf(5) : d.index + 1'],
  [
    'a loop of microtasks',
    '(d) => { if (d.index === 2) return (async () => { for (;;) await null })(); return d.index + 1 }',
  ],
  ['a promise that never settles', '(d) => d.index === 2 ? new Promise(() => {}) : d.index + 1'],
])('item 3 of 10 with %s is a timeout, the others have their results', async (_name, source) => {
  expect((await endings('javascript', source, 10)).map((end) => (end === 'memory' ? 'timeout' : end))).toEqual(
    others(10, { 2: 'timeout' }),
  );
});

test('item 3 of 10 with too much memory is named so, the others have their results', async () => {
  const source =
    '(d) => { if (d.index === 2) { const a = []; for (;;) a.push(new Array(1000).fill(1)) } return d.index + 1 }';
  const ends = await endings('javascript', source, 10);
  expect(ends).toEqual(others(10, { 2: expect.stringMatching(/^(memory|timeout)$/) as unknown as string }));
});

test('the same for Lua', async () => {
  const source = 'return function (d) if d.index == 2 then while true do end end return d.index + 1 end';
  expect(await endings('lua', source, 10)).toEqual(others(10, { 2: 'timeout' }));
});

test('the same for templates', async () => {
  const template = '{% if index == 2 %}{{ range(1000000000) | length }}{% endif %}{{ index }}';
  const outcomes = await sandbox.render({ id: 'template', revision: '1' }, bodyOf(template), items(5));
  const ends = outcomes.map((outcome) => (outcome.ok ? outcome.rendered.body : outcome.kind));
  expect(ends).toEqual(['0', '1', expect.stringMatching(/^(memory|timeout)$/), '3', '4']);
});

test('two of 60 that overrun, far apart, take none of the others', async () => {
  const source = '(d) => { if (d.index === 7 || d.index === 44) for (;;); return d.index + 1 }';
  expect(await endings('javascript', source, 60)).toEqual(others(60, { 7: 'timeout', 44: 'timeout' }));
});

test('a batch in which everything overruns is given up after three', async () => {
  const outcomes = await run('javascript', '() => { for (;;); }', items(50));
  expect(outcomes.every((outcome) => !outcome.ok && outcome.kind === 'timeout')).toBe(true);
  expect(outcomes.filter((outcome) => !outcome.ok && outcome.message.startsWith('not run: 3 runs'))).toHaveLength(47);
});

test('sources that loop while loading fail the whole batch at the first try', async () => {
  const outcomes = await run('javascript', '(() => { for (;;); })()', items(20));
  expect(new Set(outcomes.map((outcome) => (outcome.ok ? '' : outcome.message)))).toEqual(
    new Set(['the run took more than 100 ms of CPU time']),
  );
});

test('a long batch of runs that are each within the limit is finished in several tasks', async () => {
  // About 20 ms each, 600 ms in all: several tasks.
  const source = '(d) => { let n = 0; for (let i = 0; i < 1.5e7; i++) n += i % 7; return n > 0 ? d.index + 1 : 0 }';
  const outcomes = await patient.run('javascript', source, items(30));
  expect(outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual(others(30, {}));
});

test('a batch larger than may cross at once crosses in parts', async () => {
  const batch = Array.from({ length: 40 }, (_, index) => item({ index, filler: 'x'.repeat(200_000) }));
  const outcomes = await patient.sandbox.render({ id: 'large', revision: '1' }, bodyOf('{{ index }}'), batch);
  expect(outcomes.map((outcome) => outcome.ok && outcome.rendered.body)).toEqual(
    batch.map((_, index) => String(index)),
  );
});

test('one item larger than may cross at once crosses alone', async () => {
  expect(await patient.body('{{ filler | length }}', { filler: 'x'.repeat(3_000_000) })).toBe('3000000');
});

test('outcomes that are large together come in parts', async () => {
  const outcomes = await patient.run('javascript', '() => "x".repeat(200000)', items(40));
  expect(outcomes.map((outcome) => outcome.ok && String(outcome.value).length)).toEqual(items(40).map(() => 200_000));
});
