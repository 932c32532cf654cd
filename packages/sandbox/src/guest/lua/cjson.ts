import { type LuaFunction, type LuaState, lauxlib, lua, to_luastring } from 'fengari';
import { EncodeError, type EncodeSettings, encodeValue } from './encode.ts';
import { EMPTY_ARRAY, type ListTags, NULL, pushValue, toText } from './values.ts';

const { luaL_checkinteger, luaL_checkstring, luaL_error } = lauxlib;
const { lua_gettop, lua_pushboolean, lua_pushinteger, lua_setfield, lua_toboolean } = lua;

export interface CjsonSettings extends EncodeSettings {
  maxDecodeDepth: number;
  tagsDecodedLists: boolean;
  keepsBuffer: boolean;
}

/** The defaults of lua-cjson, as OpenResty ships it. */
export function createCjsonSettings(tags: ListTags): CjsonSettings {
  return {
    tags,
    emptyTableAsObject: true,
    convertsSparse: false,
    sparseRatio: 2,
    sparseSafe: 10,
    maxDepth: 1_000,
    precision: 14,
    escapesSlash: true,
    skipsUnsupported: false,
    maxDecodeDepth: 1_000,
    tagsDecodedLists: false,
    keepsBuffer: true,
  };
}

/** Functions of lua-cjson that are not supported: two for numbers that JSON does not have, and indentation. */
const missingFunctions = ['encode_invalid_numbers', 'decode_invalid_numbers', 'encode_indent'];

/** Pushes the module `cjson`, or `cjson.safe`, whose functions return nil and a message instead of raising errors. */
export function pushCjson(L: LuaState, settings: CjsonSettings, isSafe: boolean): void {
  lua.lua_createtable(L, 0, 0);
  const functions: Record<string, LuaFunction> = {
    encode: guard((state) => encode(state, settings), isSafe),
    decode: guard((state) => decode(state, settings), isSafe),
    new: (state) => {
      pushCjson(state, createCjsonSettings(settings.tags), isSafe);
      return 1;
    },
    ...settingFunctions(settings),
    ...Object.fromEntries(missingFunctions.map((name) => [name, refuse(`${name} of cjson is not available here`)])),
  };
  for (const [name, fn] of Object.entries(functions)) {
    lua.lua_pushcfunction(L, fn);
    lua_setfield(L, -2, to_luastring(name));
  }
  pushConstants(L, settings, isSafe);
}

function pushConstants(L: LuaState, { tags }: CjsonSettings, isSafe: boolean): void {
  lua.lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, to_luastring('null'));
  lua.lua_pushlightuserdata(L, EMPTY_ARRAY);
  lua_setfield(L, -2, to_luastring('empty_array'));
  lua.lua_rawgeti(L, lua.LUA_REGISTRYINDEX, tags.array.ref);
  lua_setfield(L, -2, to_luastring('array_mt'));
  lua.lua_rawgeti(L, lua.LUA_REGISTRYINDEX, tags.emptyArray.ref);
  lua_setfield(L, -2, to_luastring('empty_array_mt'));
  lua.lua_pushstring(L, to_luastring(isSafe ? 'cjson.safe' : 'cjson'));
  lua_setfield(L, -2, to_luastring('_NAME'));
}

/** Each sets what it is given, and returns what holds then. */
function settingFunctions(settings: CjsonSettings): Record<string, LuaFunction> {
  return {
    encode_empty_table_as_object: flag(settings, 'emptyTableAsObject'),
    decode_array_with_array_mt: flag(settings, 'tagsDecodedLists'),
    encode_escape_forward_slash: flag(settings, 'escapesSlash'),
    encode_skip_unsupported_value_types: flag(settings, 'skipsUnsupported'),
    encode_keep_buffer: flag(settings, 'keepsBuffer'),
    encode_max_depth: integer(settings, 'maxDepth', 1),
    decode_max_depth: integer(settings, 'maxDecodeDepth', 1),
    encode_number_precision: integer(settings, 'precision', 1, 16),
    encode_sparse_array(L) {
      const given = lua_gettop(L);
      if (given >= 1) settings.convertsSparse = lua_toboolean(L, 1);
      if (given >= 2) settings.sparseRatio = checkRange(L, 2, 0, maxInteger);
      if (given >= 3) settings.sparseSafe = checkRange(L, 3, 0, maxInteger);
      lua_pushboolean(L, settings.convertsSparse);
      lua_pushinteger(L, settings.sparseRatio);
      lua_pushinteger(L, settings.sparseSafe);
      return 3;
    },
  };
}

type Names<T> = { [Name in keyof CjsonSettings]: CjsonSettings[Name] extends T ? Name : never }[keyof CjsonSettings];

function flag(settings: CjsonSettings, name: Names<boolean>): LuaFunction {
  return (L) => {
    if (lua_gettop(L) > 0) settings[name] = lua_toboolean(L, 1);
    lua_pushboolean(L, settings[name]);
    return 1;
  };
}

function integer(settings: CjsonSettings, name: Names<number>, least: number, most = maxInteger): LuaFunction {
  return (L) => {
    if (lua_gettop(L) > 0) settings[name] = checkRange(L, 1, least, most);
    lua_pushinteger(L, settings[name]);
    return 1;
  };
}

const maxInteger = 2 ** 31 - 1;

function checkRange(L: LuaState, index: number, least: number, most: number): number {
  const value = luaL_checkinteger(L, index);
  const message = `expected integer between ${least} and ${most}`;
  return value >= least && value <= most ? value : lauxlib.luaL_argerror(L, index, to_luastring(message));
}

/** A failure of `encode` or `decode`, before it has become an error of Lua or a second result. */
class CjsonError extends Error {}

function guard(run: (L: LuaState) => void, isSafe: boolean): LuaFunction {
  return (L) => {
    try {
      run(L);
      return 1;
    } catch (error) {
      if (!(error instanceof CjsonError || error instanceof EncodeError)) throw error;
      if (!isSafe) return raise(L, error.message);
      lua.lua_pushnil(L);
      lua.lua_pushstring(L, to_luastring(error.message));
      return 2;
    }
  };
}

/** The text goes in as an argument, because `%` in a format of Lua's stands for one. */
function raise(L: LuaState, message: string): never {
  return luaL_error(L, to_luastring('%s'), to_luastring(message));
}

function refuse(message: string): LuaFunction {
  return (L) => raise(L, message);
}

function encode(L: LuaState, settings: CjsonSettings): void {
  lauxlib.luaL_checkany(L, 1);
  lua.lua_pushstring(L, to_luastring(encodeValue(L, 1, settings)));
}

function decode(L: LuaState, { maxDecodeDepth, tagsDecodedLists, tags }: CjsonSettings): void {
  const text = toText(luaL_checkstring(L, 1));
  const value = parse(text);
  if (!isWithinDepth(value, maxDecodeDepth)) {
    throw new CjsonError(`Found too many nested data structures (${maxDecodeDepth + 1})`);
  }
  pushValue(L, value, { keepsNull: true, listTag: tagsDecodedLists ? tags.array : null });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CjsonError(`invalid JSON: ${error.message}`);
  }
}

function isWithinDepth(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => isWithinDepth(member, levels - 1));
}
