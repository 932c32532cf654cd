import { type LuaState, lua } from 'fengari';
import { formatFloat } from './number-format.ts';
import { EMPTY_ARRAY, type ListTags, NULL, reserveStack, toText } from './values.ts';

/** The settings of lua-cjson's `encode`. */
export interface EncodeSettings {
  tags: ListTags;
  emptyTableAsObject: boolean;
  /** Whether sparse lists become objects. Otherwise they are errors. */
  convertsSparse: boolean;
  /** A list is sparse when its highest index is above `sparseSafe` and above this multiple of its items. 0: never. */
  sparseRatio: number;
  sparseSafe: number;
  maxDepth: number;
  /** Digits of fractions. Whole numbers have all of theirs, where lua-cjson writes 1e+14. */
  precision: number;
  escapesSlash: boolean;
  skipsUnsupported: boolean;
}

export class EncodeError extends Error {}

/**
 * JSON text of the value at `index`, as lua-cjson writes it: tables whose keys are 1..n are lists, metamethods are not
 * called.
 *
 * @throws EncodeError in lua-cjson's words.
 */
export function encodeValue(L: LuaState, index: number, settings: EncodeSettings, depth = 0): string {
  const text = encodeSupported(L, index, settings, depth);
  if (text !== null) return text;
  throw new EncodeError(`Cannot serialise ${toText(lua.lua_typename(L, lua.lua_type(L, index)))}: type not supported`);
}

/** Null for a value that has no JSON. */
function encodeSupported(L: LuaState, index: number, settings: EncodeSettings, depth: number): string | null {
  const type = lua.lua_type(L, index);
  if (type === lua.LUA_TNIL) return 'null';
  if (type === lua.LUA_TBOOLEAN) return lua.lua_toboolean(L, index) ? 'true' : 'false';
  if (type === lua.LUA_TNUMBER) return encodeNumber(lua.lua_tonumber(L, index), settings);
  if (type === lua.LUA_TSTRING) return encodeString(L, index, settings);
  if (type === lua.LUA_TTABLE) return encodeTable(L, lua.lua_absindex(L, index), settings, depth + 1);
  const handle = type === lua.LUA_TLIGHTUSERDATA ? lua.lua_touserdata(L, index) : undefined;
  if (handle === NULL) return 'null';
  return handle === EMPTY_ARRAY ? '[]' : null;
}

function encodeNumber(value: number, { precision }: EncodeSettings): string {
  if (!Number.isFinite(value)) throw new EncodeError('Cannot serialise number: must not be NaN or Infinity');
  if (Object.is(value, -0)) return '-0';
  return Number.isInteger(value) ? String(value) : formatFloat(value, { ...shortest, precision });
}

const shortest = {
  letter: 'g',
  isLeft: false,
  hasPlus: false,
  hasSpace: false,
  hasZero: false,
  isAlternate: false,
  width: 0,
};

function encodeString(L: LuaState, index: number, { escapesSlash }: EncodeSettings): string {
  const bytes = lua.lua_tostring(L, index);
  const text = JSON.stringify(bytes === null ? '' : toText(bytes)).replaceAll('\x7f', '\\u007f');
  return escapesSlash ? text.replaceAll('/', '\\/') : text;
}

function encodeTable(L: LuaState, table: number, settings: EncodeSettings, depth: number): string {
  if (depth > settings.maxDepth) throw new EncodeError(`Cannot serialise, excessive depth (${depth})`);
  reserveStack(L);
  const tag = readTag(L, table);
  if (tag === settings.tags.array.pointer) return encodeList(L, table, lua.lua_rawlen(L, table), settings, depth);
  const length = findListLength(L, table, settings);
  if (length > 0) return encodeList(L, table, length, settings, depth);
  const isList = length === 0 && (!settings.emptyTableAsObject || tag === settings.tags.emptyArray.pointer);
  return isList ? '[]' : encodeObject(L, table, settings, depth);
}

const maxIndex = 2 ** 31 - 1;

/** Identifies the table's metatable. */
function readTag(L: LuaState, table: number): unknown {
  if (!lua.lua_getmetatable(L, table)) return undefined;
  const pointer = lua.lua_topointer(L, -1);
  lua.lua_pop(L, 1);
  return pointer;
}

/** The highest index of a table that has no other keys than positive whole numbers of 31 bits, else -1. */
function findListLength(L: LuaState, table: number, settings: EncodeSettings): number {
  let count = 0;
  let highest = 0;
  lua.lua_pushnil(L);
  while (lua.lua_next(L, table) !== 0) {
    lua.lua_pop(L, 1);
    const key = lua.lua_type(L, -1) === lua.LUA_TNUMBER ? lua.lua_tonumber(L, -1) : 0;
    if (!Number.isInteger(key) || key < 1 || key > maxIndex) {
      lua.lua_pop(L, 1);
      return -1;
    }
    count += 1;
    highest = Math.max(highest, key);
  }
  const { sparseRatio, sparseSafe, convertsSparse } = settings;
  const isSparse = sparseRatio > 0 && highest > sparseSafe && highest > count * sparseRatio;
  if (!isSparse) return highest;
  if (!convertsSparse) throw new EncodeError('Cannot serialise table: excessively sparse array');
  return -1;
}

function encodeList(L: LuaState, table: number, length: number, settings: EncodeSettings, depth: number): string {
  let text = '';
  for (let key = 1; key <= length; key++) {
    lua.lua_rawgeti(L, table, key);
    const item = settings.skipsUnsupported
      ? (encodeSupported(L, -1, settings, depth) ?? 'null')
      : encodeValue(L, -1, settings, depth);
    text += `${key === 1 ? '' : ','}${item}`;
    lua.lua_pop(L, 1);
  }
  return `[${text}]`;
}

function encodeObject(L: LuaState, table: number, settings: EncodeSettings, depth: number): string {
  let text = '';
  lua.lua_pushnil(L);
  while (lua.lua_next(L, table) !== 0) {
    const field = encodeField(L, settings, depth);
    if (field !== null) text += `${text === '' ? '' : ','}${field}`;
    lua.lua_pop(L, 1);
  }
  return `{${text}}`;
}

/** The field whose key and value are on top of the stack, or null where it is skipped. */
function encodeField(L: LuaState, settings: EncodeSettings, depth: number): string | null {
  const type = lua.lua_type(L, -2);
  if (type !== lua.LUA_TSTRING && type !== lua.LUA_TNUMBER) {
    if (settings.skipsUnsupported) return null;
    throw new EncodeError('Cannot serialise table: table key must be a number or string');
  }
  // `lua_tostring` on the number in place would make the key a string, and break the iteration.
  const key =
    type === lua.LUA_TSTRING
      ? encodeString(L, -2, settings)
      : JSON.stringify(encodeNumber(lua.lua_tonumber(L, -2), settings));
  const value = settings.skipsUnsupported
    ? encodeSupported(L, -1, settings, depth)
    : encodeValue(L, -1, settings, depth);
  return value === null ? null : `${key}:${value}`;
}
