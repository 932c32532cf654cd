import { type LuaState, lauxlib, lua, lualib, to_luastring } from 'fengari';
import type { SourceFault } from '../protocol.ts';
import { type Guest, type LoadRequest, type LoadResult, offerGuest, PID } from './guest.ts';
import { createItemLoop, failureText } from './item-loop.ts';
import { createLogBook } from './log-book.ts';
import { type CjsonSettings, createCjsonSettings } from './lua/cjson.ts';
import { EncodeError, encodeValue } from './lua/encode.ts';
import { pushHostTable } from './lua/host-functions.ts';
import prelude from './lua/prelude.lua';
import { createListTags, type ListTags, pushValue, toText } from './lua/values.ts';
import { cutText } from './primordials.ts';

const TEXT_ONLY = to_luastring('t');
/** Lua's own words for a failed allocation. The bytes are made beforehand, because later there may be no memory for them. */
const OUT_OF_MEMORY = 'not enough memory';
const OUT_OF_MEMORY_BYTES = to_luastring(OUT_OF_MEMORY);
const OUT_OF_STACK_BYTES = to_luastring('stack overflow');

let limits = { outputBytes: 0, logLines: 0, logChars: 0, errorChars: 0 };
let isSpoiled = false;
let functions: number[] = [];
let run: Guest['run'] = () => '[]';

const logBook = createLogBook(() => limits);
/** Lists of an event's data carry `cjson.empty_array_mt`, so that an empty one is a list again in the result. */
const { L, tags, settings } = createState();

offerGuest({
  check(sources) {
    const faults = (JSON.parse(sources) as string[]).flatMap((source, index): SourceFault[] => {
      lua.lua_settop(L, 0);
      if (compile(source) === lua.LUA_OK) return [];
      const message = readMessage(1000);
      const line = /]:(\d+):/.exec(message)?.[1];
      return [{ index, line: line === undefined ? null : Number(line), message }];
    });
    return JSON.stringify(faults);
  },
  load(request, progress) {
    const wanted: LoadRequest = JSON.parse(request);
    limits = wanted.limits;
    run = createItemLoop(limits, new Int32Array(progress), { start, isSpoiled: () => isSpoiled });
    return JSON.stringify(loadFunctions(wanted.sources));
  },
  run: (batch) => run(batch),
});

/** Runs while the snapshot is made, so that a fresh context has the state ready. */
function createState(): { L: LuaState; tags: ListTags; settings: CjsonSettings } {
  const state = lauxlib.luaL_newstate();
  const libraries = {
    _G: lualib.luaopen_base,
    coroutine: lualib.luaopen_coroutine,
    table: lualib.luaopen_table,
    string: lualib.luaopen_string,
    math: lualib.luaopen_math,
    debug: lualib.luaopen_debug,
  };
  for (const [name, open] of Object.entries(libraries)) lauxlib.luaL_requiref(state, to_luastring(name), open, 1);
  lua.lua_settop(state, 0);
  lua.lua_atnativeerror(state, onNativeError);
  const source = to_luastring(prelude);
  lauxlib.luaL_loadbufferx(state, source, source.length, to_luastring('=prelude'), TEXT_ONLY);
  const tags = createListTags(state);
  const settings = createCjsonSettings(tags);
  pushHostTable(state, logBook, settings);
  lua.lua_call(state, 1, 0);
  return { L: state, tags, settings };
}

/** Handles errors of JavaScript below Lua code: the stack or the memory ran out. The state may be inconsistent from then on. */
function onNativeError(state: LuaState): number {
  isSpoiled = true;
  const error = lua.lua_touserdata(state, -1);
  const isStack = error instanceof RangeError && error.message.startsWith('Maximum call stack');
  if (isStack) lua.lua_pushstring(state, OUT_OF_STACK_BYTES);
  else if (error instanceof RangeError) lua.lua_pushstring(state, OUT_OF_MEMORY_BYTES);
  else lua.lua_pushstring(state, to_luastring(`internal error: ${String(error)}`));
  return 1;
}

/** Calls the function below its arguments. @returns the error's message, or null. */
function callProtected(args: number, results: number): string | null {
  const status = lua.lua_pcall(L, args, results, 0);
  if (status === lua.LUA_OK) return null;
  if (status > 0) return readMessage();
  // Even the handler of native errors could not be called.
  isSpoiled = true;
  return OUT_OF_MEMORY;
}

/** The chunk is named by its source, as with `loadstring`, so that errors read `[string "return function (data…"]:3: …`. */
function compile(source: string): number {
  const bytes = to_luastring(source);
  return lauxlib.luaL_loadbufferx(L, bytes, bytes.length, bytes, TEXT_ONLY);
}

function loadFunctions(sources: string[]): LoadResult {
  functions = [];
  isSpoiled = false;
  for (const [at, source] of sources.entries()) {
    lua.lua_settop(L, 0);
    if (compile(source) !== lua.LUA_OK) return { ok: false, kind: 'syntax', message: readMessage(), at };
    const fault = callProtected(0, 1);
    if (fault !== null) return { ok: false, kind: 'runtime', message: fault, at };
    const type = lua.lua_type(L, -1);
    if (type !== lua.LUA_TFUNCTION) {
      const given = toText(lua.lua_typename(L, type));
      return { ok: false, kind: 'runtime', message: `returns ${given} where a function is expected`, at };
    }
    functions.push(lauxlib.luaL_ref(L, lua.LUA_REGISTRYINDEX));
  }
  return { ok: true };
}

function start(data: string, event: string, source: string): string {
  isSpoiled = false;
  try {
    return callFunctions(data, event, source);
  } catch (error) {
    // Memory or stack ran out between two calls into Lua, where nothing protects the state.
    isSpoiled = true;
    return failureText('memory', cutText(String(error), limits.errorChars), logMember());
  }
}

/** The first place of Lua's stack holds the next function's `data`. */
function callFunctions(data: string, event: string, source: string): string {
  lua.lua_settop(L, 0);
  pushValue(L, JSON.parse(data), { keepsNull: false, listTag: tags.emptyArray });
  for (const fn of functions) {
    lua.lua_rawgeti(L, lua.LUA_REGISTRYINDEX, fn);
    lua.lua_pushvalue(L, 1);
    lua.lua_pushstring(L, to_luastring(event));
    lua.lua_pushstring(L, to_luastring(source));
    lua.lua_pushinteger(L, PID);
    const fault = callProtected(4, 2);
    if (fault !== null) return describeFailure(fault);
    if (!lua.lua_toboolean(L, -2) && lua.lua_type(L, -1) !== lua.LUA_TNIL) return describeFailure(readMessage());
    lua.lua_settop(L, 2);
    lua.lua_replace(L, 1);
  }
  if (lua.lua_toboolean(L, 1)) return `{"ok":true,"value":${encodeResult()}${logMember()}}`;
  return describeFailure(`the last function returned ${lua.lua_type(L, 1) === lua.LUA_TNIL ? 'nil' : 'false'}`);
}

/** The result as `cjson.encode` writes it. A value that JSON lacks is only named, because a lambda that ends with `return ngx` has succeeded. */
function encodeResult(): string {
  try {
    return encodeValue(L, 1, settings);
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    lua.lua_settop(L, 1);
    return JSON.stringify(`(a ${toText(lua.lua_typename(L, lua.lua_type(L, 1)))} value)`);
  }
}

function logMember(): string {
  return `,"logs":${logBook.take()}`;
}

function describeFailure(message: string): string {
  return failureText(message === OUT_OF_MEMORY ? 'memory' : 'runtime', message, logMember());
}

/** The error or reason on top of the stack. Metamethods are not called, because they would run unprotected here. */
function readMessage(maxChars = limits.errorChars): string {
  const type = lua.lua_type(L, -1);
  if (type === lua.LUA_TSTRING) {
    const bytes = lua.lua_tostring(L, -1) ?? new Uint8Array();
    // A character has at most four bytes. Only as many as needed are turned into text.
    return cutText(toText(bytes.subarray(0, maxChars * 4)), maxChars);
  }
  try {
    if (type === lua.LUA_TTABLE) return cutText(encodeValue(L, -1, settings), maxChars);
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
  }
  return `(error object is a ${toText(lua.lua_typename(L, type))} value)`;
}
