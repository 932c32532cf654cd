-- Names of Lua 5.1 and OpenResty on top of fengari's Lua 5.3. `host` has the functions that only JavaScript provides.
local host = ...
local load53, rawnext, kind, pick = load, next, type, select

-- Precompiled chunks are refused, whatever the mode, as in Lua 5.1.
function load(chunk, name, mode, ...)
  if pick("#", ...) > 0 then
    return load53(chunk, name, "t", (...))
  end
  return load53(chunk, name, "t")
end

function loadstring(text, name)
  if kind(text) ~= "string" then
    error("bad argument #1 to 'loadstring' (string expected, got " .. kind(text) .. ")", 2)
  end
  return load53(text, name, "t")
end

unpack = table.unpack
dofile, loadfile, package, utf8, os, io, rawlen = nil, nil, nil, nil, nil, nil, nil
string.dump = nil
string.gfind = string.gmatch
string.format, tonumber = host.format, host.tonumber
debug = { traceback = debug.traceback }
_VERSION = "Lua 5.1"

function collectgarbage() return 0 end

function gcinfo() return 0 end

function table.getn(t) return #t end

function table.maxn(t)
  local highest = 0
  for key in rawnext, t do
    if kind(key) == "number" and key > highest then highest = key end
  end
  return highest
end

function table.foreach(t, f)
  for key, value in rawnext, t do
    local result = f(key, value)
    if result ~= nil then return result end
  end
end

function table.foreachi(t, f)
  for index = 1, #t do
    local result = f(index, t[index])
    if result ~= nil then return result end
  end
end

function table.new() return {} end

function table.clear(t)
  for key in rawnext, t do t[key] = nil end
end

local huge, floor, exp, log = math.huge, math.floor, math.exp, math.log

function math.pow(x, y) return x ^ y end
function math.log10(x) return log(x, 10) end
function math.atan2(y, x) return math.atan(y, x) end
function math.cosh(x) return (exp(x) + exp(-x)) / 2 end
function math.sinh(x) return (exp(x) - exp(-x)) / 2 end
function math.tanh(x)
  local e = exp(2 * x)
  if e == huge then return 1 end
  return (e - 1) / (e + 1)
end
function math.ldexp(m, e) return m * 2 ^ e end
function math.frexp(x)
  if x == 0 or x ~= x or x == huge or x == -huge then return x, 0 end
  local e = floor(log(x < 0 and -x or x, 2)) + 1
  local m = x / 2 ^ e
  if m >= 1 or m <= -1 then return m / 2, e + 1 end
  return m, e
end
math.mod = math.fmod

bit = host.bit

cjson = host.cjson
local cjson_safe = host.cjson_safe
local encode_safely = cjson_safe.encode

local log_line = host.log
local levels = { [0] = "emerg", "emerg", "alert", "crit", "err", "warn", "notice", "info", "debug" }

ngx = {
  null = cjson.null,
  STDERR = 0, EMERG = 1, ALERT = 2, CRIT = 3, ERR = 4, WARN = 5, NOTICE = 6, INFO = 7, DEBUG = 8,
  time = host.time, now = host.now, md5 = host.md5,
  encode_base64 = host.encode_base64, decode_base64 = host.decode_base64,
}

function ngx.log(level, ...)
  local name = levels[level]
  if name == nil then error("bad log level: " .. tostring(level), 2) end
  log_line(name, ...)
end

function print(...) log_line("notice", ...) end

local kong_log = {}
for index = 1, #levels do
  local name = levels[index]
  kong_log[name] = function(...) log_line(name, ...) end
end

-- Kong prints tables readably, at debug level.
function kong_log.inspect(...)
  local parts = {}
  for index = 1, pick("#", ...) do
    local value = pick(index, ...)
    local text = kind(value) == "table" and encode_safely(value) or nil
    parts[index] = text or tostring(value)
  end
  log_line("debug", table.concat(parts, " "))
end

kong = { log = setmetatable(kong_log, { __call = function(_, ...) log_line("notice", ...) end }) }

local modules = {
  cjson = cjson, ["cjson.safe"] = cjson_safe, bit = bit,
  ["table.new"] = table.new, ["table.clear"] = table.clear,
  string = string, table = table, math = math, coroutine = coroutine,
}

function require(name)
  local module = modules[name]
  if module == nil then error("module '" .. tostring(name) .. "' not found", 2) end
  return module
end
