import { readFile } from 'node:fs/promises';
import { type CompatibilityRow, DIFFERENT, MISSING, SAME } from './support/lua-compatibility-rows.ts';
import { item, openTestSandbox } from './support/sandbox.ts';

const { sandbox, run } = openTestSandbox();
afterAll(() => sandbox.close());

/** The results of the row's statements, each as `tostring` gives it; the same in a hook's first batch and in later ones. */
async function runRow({ topic, lua: statements }: CompatibilityRow): Promise<unknown> {
  const source = `return function ()
    local function join(...)
      local parts = {}
      for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
      return table.concat(parts, " ")
    end
    return join((function () ${statements} end)())
  end`;
  const results: unknown[] = [];
  for (let batch = 0; batch < 3; batch += 1) {
    const [outcome] = await run('lua', source, [item()], topic);
    results.push(outcome?.ok ? outcome.value : outcome?.message);
  }
  expect(new Set(results).size).toBe(1);
  return results[0];
}

describe('runs as in LuaJIT', () => {
  test.each(SAME)('$topic', async (row) => expect(await runRow(row)).toBe(row.here));
});

describe('differs', () => {
  test.each(DIFFERENT)('$topic', async (row) => expect(await runRow(row)).toBe(row.here));
});

describe('is missing', () => {
  test.each(MISSING)('$topic', async (row) => expect(await runRow(row)).toBe(row.here));
});

test('the table in the docs has exactly these rows', async () => {
  const text = await readFile(new URL('../../../docs/lua-compatibility.md', import.meta.url), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !/^\| (What|---)/.test(line));
  expect(rows).toEqual([...SAME.map(toSameRow), ...DIFFERENT.map(toRow), ...MISSING.map(toRow)]);
});

const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;
const toSameRow = ({ topic, lua: statements, here }: CompatibilityRow) =>
  `| ${topic} | ${code(statements)} | ${code(here)} |`;
const toRow = ({ topic, lua: statements, here, luajit = '' }: CompatibilityRow) =>
  `| ${topic} | ${code(statements)} | ${code(here)} | ${luajit} |`;
