import { readFile } from 'node:fs/promises';
import { openTestSandbox } from './support/sandbox.ts';

/** Numbers and their texts, compared with what LuaJIT 2.1 on x86-64 printed. */
const { sandbox, lua } = openTestSandbox({ limits: { runCpuMs: 10_000 } });
afterAll(() => sandbox.close());

const evaluate = async (code: string) => {
  const outcome = await lua(`return function () ${code} end`);
  return outcome.ok ? outcome.value : outcome.message;
};

test.each([
  ['("%x"):format(2^40)', '10000000000'],
  ['("%d"):format(2^60)', '1152921504606846976'],
  ['("%g"):format(1e6)', '1e+06'],
])('F31 %s gives %s', async (expression, expected) => {
  expect(await evaluate(`return ${expression}`)).toBe(expected);
});

test('F31 string.format prints every number under every conversion as LuaJIT does', async () => {
  const text = await readFile(new URL('support/luajit-formats.tsv', import.meta.url), 'latin1');
  const rows = text.trimEnd().split('\n');
  const lines = rows.map((row) => row.split('\t')).map(([format, value]) => `{ [==[${format}]==], ${value} }`);
  const printed = await evaluate(`
    local rows = { ${lines.join(', ')} }
    for i, row in ipairs(rows) do
      rows[i] = string.format(row[1], row[2]):gsub("[^ -~]", function(c) return ("\\\\x%02x"):format(c:byte()) end)
    end
    return rows`);
  expect(printed).toEqual(rows.map((row) => row.split('\t')[2]));
});

test.each([
  ['%y', "invalid option '%y' to 'format'"],
  ['%5%', "invalid option '%5%' to 'format'"],
  ['%123d', "invalid option '%123' to 'format'"],
  ['%.123f', "invalid option '%.123' to 'format'"],
  ['%', "invalid option '%' to 'format'"],
])('F31 the format %s is refused in the words of LuaJIT', async (format, message) => {
  expect(await evaluate(`return select(2, pcall(string.format, "${format}", 1))`)).toContain(message);
});

test('F31 texts in formats are bytes: zeros, and what is not UTF-8, stay', async () => {
  expect(
    await evaluate('local s = ("%5s|%-4s|%.2s"):format("a\\0b", "\\200", "\\1\\2\\3") return { s:byte(1, -1) }'),
  ).toEqual([32, 32, 97, 0, 98, 124, 200, 32, 32, 32, 124, 1, 2]);
  expect(await evaluate('return ("%q"):format("a\\"b\\\\c\\nd\\re\\0f1\\0012\\127")')).toBe(
    '"a\\"b\\\\c\\\nd\\13e\\0f1\\0012\\127"',
  );
});

test.each([
  ['tonumber("ffffffffffffffff", 16)', '1.844674407371e+19'],
  ['tonumber("-ff", 16)', '-255'],
  ['tonumber("zz", 36)', '1295'],
  ['tonumber("1.5", 10)', '1.5'],
  ['tonumber(10, 16)', '16'],
  ['tonumber("0x10", 16)', '16'],
  ['tonumber("8", 8)', 'nil'],
  ['tonumber("0xfffffffffffffffff")', '2.9514790517935e+20'],
  ['tonumber("9007199254740993")', '9.007199254741e+15'],
  ['0 * -1', '-0'],
  ['-2^31 .. ""', '-2147483648'],
  ['2^53 .. ""', '9.007199254741e+15'],
  ['10 / 2', '5'],
  ['select(2, pcall(tonumber, "1", 37)):match("base out of range")', 'base out of range'],
])('F31 tostring(%s) is %s', async (expression, expected) => {
  expect(await evaluate(`return tostring(${expression})`)).toBe(expected);
});
