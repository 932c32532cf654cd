import { openTestSandbox } from './support/sandbox.ts';

/** Lists, objects and cjson, as OpenResty's lua-cjson has them. */
const { sandbox, lua } = openTestSandbox();
afterAll(() => sandbox.close());

const resultOf = async (code: string, data?: object) => {
  const outcome = await lua(`return function (data) ${code} end`, data);
  return outcome.ok ? outcome.value : outcome.message;
};

const lists = { tags: [], meta: {}, deep: [[], { a: [], b: {} }, [[]]], full: [1] };

test.each([
  ['as it came', 'return data', lists],
  ['with a list that was emptied', 'table.remove(data.full) return data.full', []],
  ['with a list that was filled', 'table.insert(data.tags, "a") return data.tags', ['a']],
  ['with an empty list that got a name', 'data.tags.name = 1 return data.tags', { name: 1 }],
  ['with an object made empty', 'data.meta.a = 1 data.meta.a = nil return data.meta', {}],
  ['by cjson', 'return cjson.encode({ data.tags, data.meta })', '[[],{}]'],
])('F30 an empty list of the data is a list in the result, %s', async (_name, code, expected) => {
  expect(await resultOf(code, lists)).toEqual(expected);
});

test('F30 an empty list stays a list on its way through a chain of functions', async () => {
  const outcome = await lua(
    ['return function (data) return data end', 'return function (data) return { data, data.tags } end'],
    lists,
  );
  expect(outcome).toMatchObject({ ok: true, value: [lists, []] });
});

test.each([
  ['{}', '{}'],
  ['cjson.empty_array', '[]'],
  ['{ a = cjson.empty_array }', '{"a":[]}'],
  ['setmetatable({}, cjson.empty_array_mt)', '[]'],
  ['setmetatable({ 1 }, cjson.empty_array_mt)', '[1]'],
  ['setmetatable({ a = 1 }, cjson.empty_array_mt)', '{"a":1}'],
  ['setmetatable({}, cjson.array_mt)', '[]'],
  ['setmetatable({ 1, 2 }, cjson.array_mt)', '[1,2]'],
  ['cjson.null', 'null'],
  ['{ 1, nil, 3 }', '[1,null,3]'],
  ['{ [1] = 1, [3] = 3 }', '[1,null,3]'],
  ['{ [0] = 1 }', '{"0":1}'],
  ['{ [-1] = 1 }', '{"-1":1}'],
  ['{ [1.5] = 1 }', '{"1.5":1}'],
  ['{ [1627588552123] = 1 }', '{"1627588552123":1}'],
  ['{ 1, a = 2 }', /^\{("1":1,"a":2|"a":2,"1":1)\}$/],
  ['{ [1000] = 1 }', /excessively sparse array/],
  ['"a/b\\127"', '"a\\/b\\u007f"'],
  ['1e-7', '1e-07'],
  ['2 ^ 53', '9007199254740992'],
  ['cjson.decode("[]")', '{}'],
  ['cjson.decode("[1,null]")', '[1,null]'],
  ['cjson.decode("{\\"a\\":null}")', '{"a":null}'],
])('F30 cjson.encode(%s) is %s', async (expression, expected) => {
  const text = await resultOf(`return cjson.encode(${expression})`);
  expect(text).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
});

test.each([
  ['encode_empty_table_as_object(false)', 'cjson.encode({ {}, { a = {} } })', '[[],{"a":[]}]'],
  ['decode_array_with_array_mt(true)', 'cjson.encode(cjson.decode("[[],{}]"))', '[[],{}]'],
  ['encode_escape_forward_slash(false)', 'cjson.encode("a/b")', '"a/b"'],
  ['encode_sparse_array(true)', 'cjson.encode({ [100] = 1 })', '{"100":1}'],
  ['encode_sparse_array(false, 0)', '#cjson.encode({ [100] = 1 })', 99 * 5 + 3],
  ['encode_number_precision(3)', 'cjson.encode(1 / 3)', '0.333'],
  ['encode_max_depth(1)', 'select(2, pcall(cjson.encode, { {} }))', 'Cannot serialise, excessive depth (2)'],
  ['decode_max_depth(1)', 'select(2, pcall(cjson.decode, "[[]]"))', 'Found too many nested data structures (2)'],
  ['encode_skip_unsupported_value_types(true)', 'cjson.encode({ a = print, b = 1 })', '{"b":1}'],
  ['encode_keep_buffer(false)', 'cjson.encode_keep_buffer()', 'false'],
])('F30 cjson.%s holds from then on', async (setting, expression, expected) => {
  expect(
    await resultOf(
      `cjson.${setting} local result = ${expression} return type(result) == "boolean" and tostring(result) or result`,
    ),
  ).toEqual(expected);
  // The setting is gone in the next context, and does not reach another instance.
  expect(await resultOf(`local own = cjson.new() own.${setting} return cjson.encode({ a = {}, b = "a/b" })`)).toMatch(
    /^\{("a":\{\},"b":"a\\\/b"|"b":"a\\\/b","a":\{\})\}$/,
  );
});

test('F30 a setting of cjson holds for the lambda result, too', async () => {
  expect(await resultOf('cjson.encode_empty_table_as_object(false) return { a = {} }')).toEqual({ a: [] });
});

test.each(['encode_invalid_numbers', 'decode_invalid_numbers', 'encode_indent'])(
  'F30 cjson.%s is missing, and says so when it is called',
  async (name) => {
    expect(await resultOf(`cjson.${name}(true)`)).toMatch(new RegExp(`:1: ${name} of cjson is not available here$`));
  },
);

test('errors of cjson keep percent signs of the text that was read', async () => {
  expect(await resultOf('cjson.decode("%s%d")')).toMatch(/invalid JSON: .*%s%d/);
  expect(await resultOf('local _, message = require("cjson.safe").decode("%s") return message')).toMatch(/%s/);
});
