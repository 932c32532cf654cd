export interface CompatibilityRow {
  topic: string;
  /** The statements of a function. Their results are joined by spaces. */
  lua: string;
  /** Their results here. */
  here: string;
  /** LuaJIT's results, where they differ. */
  luajit?: string;
}

/** Runs as in LuaJIT. */
export const SAME: CompatibilityRow[] = [
  { topic: 'whole results of divisions print without `.0`', lua: 'return 10 / 2, 2 ^ 3, 7 / 2', here: '5 8 3.5' },
  {
    topic: 'numbers are doubles, beyond 32 bits too',
    lua: 'return 1627588552 * 1000, 2147483647 + 1, 65536 * 65536',
    here: '1627588552000 2147483648 4294967296',
  },
  {
    topic: 'large numbers print with 14 digits',
    lua: 'return 2 ^ 53, 1e15, 1 / 3, 1e-7, 1 / 0',
    here: '9.007199254741e+15 1e+15 0.33333333333333 1e-07 inf',
  },
  { topic: 'hexadecimal numbers', lua: 'return 0xff, 0xFFFFFFFF', here: '255 4294967295' },
  { topic: 'remainders', lua: 'return 5 % 3, -5 % 3, 5.5 % 2, 5 % 0 ~= 5 % 0', here: '2 1 1.5 true' },
  { topic: 'texts that look like numbers', lua: 'return "10" + 5, "3" * "4", 10 .. ""', here: '15 12 10' },
  {
    topic: '`tonumber`',
    lua: 'return tonumber("0x10"), tonumber("ff", 16), tonumber("ffffffff", 16), tonumber("x")',
    here: '16 255 4294967295 nil',
  },
  {
    topic: '`unpack`, `select`',
    lua: 'return select("#", unpack({ 1, 2, 3 })), unpack({ 1, 2, 3 }, 2, 3)',
    here: '3 2 3',
  },
  {
    topic: '`loadstring`, `load`',
    lua: 'return loadstring("return 1 + 1")(), load("return ...")(5), loadstring("=") == nil',
    here: '2 5 true',
  },
  {
    topic: '`pcall`, `error` with a place and with a table',
    lua: 'local _, a = pcall(error, "x", 0) local _, b = pcall(error, { 7 }) return a, b[1]',
    here: 'x 7',
  },
  {
    topic: '`xpcall` with arguments',
    lua: 'return xpcall(function(a) error(a, 0) end, function(e) return "caught " .. e end, "x")',
    here: 'false caught x',
  },
  {
    topic: '`table.getn`, `maxn`, `foreach`, `foreachi`',
    lua: 'local s = "" table.foreachi({ 1, 2 }, function(_, v) s = s .. v end) return table.getn({ 1, 2 }), table.maxn({ [9] = 1 }), table.foreach({ 5 }, function(_, v) return v end), s',
    here: '2 9 5 12',
  },
  {
    topic: '`table.new`, `table.clear`',
    lua: 'local new, clear = require "table.new", require "table.clear" local t = new(2, 0) t[1] = 1 clear(t) return #t',
    here: '0',
  },
  {
    topic: '`table.insert`, `remove`, `sort`, `concat`',
    lua: 'local t = { 3, 1 } table.insert(t, 2) table.sort(t) return table.concat(t, ","), table.remove(t)',
    here: '1,2,3 3',
  },
  {
    topic: '`string.gfind`, `gmatch`, `gsub`, `find`, `match`',
    lua: 'local s = "" for w in string.gfind("a b", "%a") do s = s .. w end return s, (("abc"):gsub("b", "x")), ("k=v"):match("(%w)=(%w)")',
    here: 'ab axc k v',
  },
  {
    topic: 'frontier patterns, `%z`',
    lua: 'return ("THE (quick)"):find("%f[%a]%a+%f[%A]"), ("a\\0b"):find("%z")',
    here: '1 2 2',
  },
  {
    topic: 'fractions where whole numbers are expected are cut',
    lua: 'return ("abcdef"):sub(1, 5 / 2), ("x"):rep(2.9)',
    here: 'ab xx',
  },
  {
    topic: '`string.format`',
    lua: 'return ("%d %5.1f %x %q %s %g %03d"):format(3.7, 2.26, 255, "a", "b", 0.1, 7)',
    here: '3   2.3 ff "a" b 0.1 007',
  },
  {
    topic: 'integers of 64 bits in formats',
    lua: 'return ("%d %x %o %X"):format(2 ^ 60, 2 ^ 40, 2 ^ 33, -1)',
    here: '1152921504606846976 10000000000 100000000000 FFFFFFFFFFFFFFFF',
  },
  {
    topic: '`%g`, `%e`, `%a`, flags',
    lua: 'return ("%g %.3e %a %+d %#x %-4d| %05.1f"):format(1e6, 1234.5, 0.5, 3, 255, 7, 2.25)',
    here: '1e+06 1.235e+03 0x1p-1 +3 0xff 7   | 002.3',
  },
  {
    topic: '`tonumber` with a base',
    lua: 'return tonumber("zz", 36), tonumber("-ff", 16), tonumber("7fffffffff", 16), tonumber(10, 16), tonumber("9", 8)',
    here: '1295 -255 549755813887 16 nil',
  },
  {
    topic: '`math.pow`, `log10`, `mod`, `fmod`, `floor`',
    lua: 'return math.pow(2, 3), math.log10(1000), math.mod(7, 3), math.fmod(-7, 3), math.floor(-1.5)',
    here: '8 3 1 -1 -2',
  },
  {
    topic: '`math.ldexp`, `frexp`, `atan2`, `sinh`',
    lua: 'return math.ldexp(0.5, 3), (math.frexp(8)), math.atan2(0, 1), math.sinh(0)',
    here: '4 0.5 0 0',
  },
  {
    topic: '`bit`',
    lua: 'return bit.band(0xff, 0x0f), bit.bor(1, 6), bit.bxor(5, 1), bit.bnot(0), bit.lshift(1, 31), bit.rshift(-1, 28), bit.arshift(-8, 1), bit.tohex(255), bit.rol(1, 33), bit.bswap(1)',
    here: '15 7 4 -1 -2147483648 15 -4 000000ff 2 16777216',
  },
  {
    topic: '`goto` and `::labels::`',
    lua: 'local i = 0 ::again:: i = i + 1 if i < 3 then goto again end return i',
    here: '3',
  },
  {
    topic: 'coroutines',
    lua: 'local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end) return co(1), co(5)',
    here: '2 10',
  },
  {
    topic: 'metatables, `__index`, `__call`, `__tostring`',
    lua: 'local t = setmetatable({}, { __index = function(_, k) return k .. "!" end, __call = function(_, x) return x + 1 end, __tostring = function() return "T" end }) return t.a, t(1), tostring(t)',
    here: 'a! 2 T',
  },
  {
    topic: '`cjson`, by name and by `require`',
    lua: 'return cjson.encode({ a = 1 }), require("cjson").decode("[1,2]")[2], require("cjson.safe").decode("{") == nil',
    here: '{"a":1} 2 true',
  },
  {
    topic: 'empty lists and `null` in `cjson`',
    lua: 'return cjson.encode({ cjson.empty_array, setmetatable({}, cjson.empty_array_mt), setmetatable({}, cjson.array_mt), {}, cjson.null })',
    here: '[[],[],[],{},null]',
  },
  {
    topic: 'settings of `cjson`',
    lua: 'cjson.encode_empty_table_as_object(false) cjson.decode_array_with_array_mt(true) cjson.encode_number_precision(3) return cjson.encode({}), cjson.encode(cjson.decode("[]")), cjson.encode(1 / 3), cjson.encode("a/b")',
    here: '[] [] 0.333 "a\\/b"',
  },
  { topic: '`_VERSION`', lua: 'return _VERSION', here: 'Lua 5.1' },
  {
    topic: 'varargs',
    lua: 'local function f(...) return select("#", ...), (...) end return f(1, nil, 3)',
    here: '3 1',
  },
  { topic: 'comments and long texts', lua: 'return [[a]], [==[b]]]==] --[[ c ]]', here: 'a b]]' },
  {
    topic: 'a call of nil',
    lua: 'return select(2, pcall(function() nothing() end)):match("attempt to call")',
    here: 'attempt to call',
  },
];

/** Runs, with another result. */
export const DIFFERENT: CompatibilityRow[] = [
  {
    topic: '`cjson.encode` keeps the digits of whole numbers',
    lua: 'return cjson.encode(2 ^ 53)',
    here: '9007199254740992',
    luajit: '9.007199254741e+15',
  },
  {
    topic: '`tonumber` of names and binary numbers',
    lua: 'return tonumber("inf"), tonumber("nan"), tonumber("0b11")',
    here: 'nil nil nil',
    luajit: 'inf nan 3',
  },
  {
    topic: 'error messages name variables at their end',
    lua: 'local t return (select(2, pcall(function() return t.x end)):gsub("^.-: ", ""))',
    here: "attempt to index a nil value (upvalue 't')",
    luajit: "attempt to index upvalue 't' (a nil value)",
  },
  { topic: '`math.fmod` by zero', lua: 'return pcall(math.fmod, 1, 0) and "nan"', here: 'false', luajit: 'nan' },
  {
    topic: '`math.random` beyond 32 bits',
    lua: 'return (pcall(math.random, 1, 2 ^ 40))',
    here: 'false',
    luajit: 'true',
  },
  {
    topic: '`collectgarbage("count")`',
    lua: 'return collectgarbage("count")',
    here: '0',
    luajit: 'kilobytes in use',
  },
  {
    topic: 'weak tables keep their entries',
    lua: 'local t = setmetatable({}, { __mode = "k" }) t[{}] = 1 collectgarbage() return next(t) ~= nil',
    here: 'true',
    luajit: 'false',
  },
  {
    topic: '`__gc` is never called',
    lua: 'local s = "alive" setmetatable({}, { __gc = function() s = "dead" end }) collectgarbage() return s',
    here: 'alive',
    luajit: 'alive (LuaJIT calls it for cdata and `newproxy` only)',
  },
  {
    topic: '`load` with an environment, and bytecode',
    lua: 'return load("return x", "c", "b", { x = 4 })()',
    here: '4',
    luajit: 'an error: LuaJIT obeys the mode',
  },
  { topic: 'Lua 5.3 operators work', lua: 'return 7 // 2, 5 & 4, 1 << 3', here: '3 4 8', luajit: 'a syntax error' },
  {
    topic: '`pairs` obeys `__pairs`',
    lua: 'for k in pairs(setmetatable({}, { __pairs = function() return function(_, k) if not k then return "x" end end end })) do return k end',
    here: 'x',
    luajit: 'nil (unless built with 5.2 compatibility)',
  },
];

/** Missing: each gives nil, or fails as the row says. */
export const MISSING: CompatibilityRow[] = [
  {
    topic: '`cjson.encode_invalid_numbers`, `decode_invalid_numbers`, `encode_indent`',
    lua: 'return (select(2, pcall(cjson.encode_indent, "  ")))',
    here: 'encode_indent of cjson is not available here',
    luajit: 'functions; here they raise this error',
  },
  {
    topic: '`%p` in formats',
    lua: 'return (select(2, pcall(string.format, "%p", {})))',
    here: "invalid option '%p' to 'format'",
    luajit: 'an address',
  },
  {
    topic: '`setfenv`, `getfenv`, `module`',
    lua: 'return setfenv, getfenv, module',
    here: 'nil nil nil',
    luajit: 'functions; give `load` an environment instead',
  },
  { topic: '`newproxy`', lua: 'return newproxy', here: 'nil', luajit: 'a function' },
  { topic: '`ffi`, `jit`', lua: 'return jit, (pcall(require, "ffi"))', here: 'nil false', luajit: 'libraries' },
  { topic: '`os`, `io`', lua: 'return os, io', here: 'nil nil', luajit: 'libraries; for the time there is `ngx.time`' },
  {
    topic: '`package`, `dofile`, `loadfile`',
    lua: 'return package, dofile, loadfile',
    here: 'nil nil nil',
    luajit: 'files',
  },
  {
    topic: '`require` of anything but `cjson`, `cjson.safe`, `bit`, `table.new`, `table.clear`',
    lua: 'return (select(2, pcall(require, "resty.http")))',
    here: "module 'resty.http' not found",
    luajit: 'modules on the path',
  },
  {
    topic: '`string.dump` and precompiled chunks',
    lua: 'return string.dump, (loadstring("\\27Lua"))',
    here: 'nil nil',
    luajit: 'bytecode',
  },
  {
    topic: '`debug`, but for `debug.traceback`',
    lua: 'return debug.sethook, debug.getinfo, debug.getregistry, type(debug.traceback)',
    here: 'nil nil nil function',
    luajit: 'functions',
  },
  {
    topic: '`ngx` beyond `log`, `time`, `now`, `md5`, `encode_base64`, `decode_base64`, `null` and the log levels',
    lua: 'return ngx.timer, ngx.socket, ngx.shared, ngx.re',
    here: 'nil nil nil nil',
    luajit: "OpenResty's",
  },
  {
    topic: '`kong` beyond `kong.log`',
    lua: 'return kong.db, kong.request, kong.cache',
    here: 'nil nil nil',
    luajit: "Kong's",
  },
];
