import { type LuaState, lauxlib, lua, to_jsstring, to_luastring } from 'fengari';

/** `cjson.null` and `ngx.null`. */
export const NULL = Object.freeze({ null: true });
/** `cjson.empty_array`, which encodes as `[]`; an empty table encodes as `{}`. */
export const EMPTY_ARRAY = Object.freeze([]);

const STACK_MESSAGE = to_luastring('nested too deep');

export class EncodeError extends Error {}

/**
 * Pushes a parsed JSON value. A null in a list, and every null with `keepNull`, becomes `cjson.null`; in an object
 * the key is left out, so that `if data.x then` means what it says.
 */
export function pushValue(L: LuaState, value: unknown, keepNull: boolean): void {
  if (typeof value === 'string') lua.lua_pushstring(L, to_luastring(value));
  else if (typeof value === 'number') pushNumber(L, value);
  else if (typeof value === 'boolean') lua.lua_pushboolean(L, value);
  else if (Array.isArray(value)) pushList(L, value, keepNull);
  else if (typeof value === 'object' && value !== null) pushObject(L, value, keepNull);
  else lua.lua_pushlightuserdata(L, NULL);
}

export function pushNumber(L: LuaState, value: number): void {
  if ((value | 0) === value) lua.lua_pushinteger(L, value | 0);
  else lua.lua_pushnumber(L, value);
}

function pushList(L: LuaState, list: unknown[], keepNull: boolean): void {
  lauxlib.luaL_checkstack(L, 4, STACK_MESSAGE);
  lua.lua_createtable(L, list.length, 0);
  for (const [index, item] of list.entries()) {
    pushValue(L, item, keepNull);
    lua.lua_rawseti(L, -2, index + 1);
  }
}

function pushObject(L: LuaState, object: object, keepNull: boolean): void {
  lauxlib.luaL_checkstack(L, 4, STACK_MESSAGE);
  lua.lua_createtable(L, 0, 0);
  for (const [key, item] of Object.entries(object)) {
    if (item === null && !keepNull) continue;
    lua.lua_pushstring(L, to_luastring(key));
    pushValue(L, item, keepNull);
    lua.lua_rawset(L, -3);
  }
}

export function toText(bytes: Uint8Array): string {
  return to_jsstring(bytes, 0, bytes.length, true);
}

/** As deep as lua-cjson goes. */
const MAX_DEPTH = 1000;

/**
 * JSON text of the value at `index`, as lua-cjson writes it: tables whose keys are 1..n are lists, metamethods are not
 * called. Fractions have 14 digits, whole numbers all of theirs.
 *
 * @throws EncodeError in lua-cjson's words.
 */
export function encodeValue(L: LuaState, index: number, depth = 0): string {
  const type = lua.lua_type(L, index);
  if (type === lua.LUA_TNIL) return 'null';
  if (type === lua.LUA_TBOOLEAN) return lua.lua_toboolean(L, index) ? 'true' : 'false';
  if (type === lua.LUA_TNUMBER) return encodeNumber(lua.lua_tonumber(L, index));
  if (type === lua.LUA_TSTRING) return JSON.stringify(readString(L, index));
  if (type === lua.LUA_TTABLE) return encodeTable(L, lua.lua_absindex(L, index), depth + 1);
  const handle = type === lua.LUA_TLIGHTUSERDATA ? lua.lua_touserdata(L, index) : undefined;
  if (handle === NULL) return 'null';
  if (handle === EMPTY_ARRAY) return '[]';
  throw new EncodeError(`Cannot serialise ${toText(lua.lua_typename(L, type))}: type not supported`);
}

function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new EncodeError('Cannot serialise number: must not be NaN or Infinity');
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(14)));
}

function readString(L: LuaState, index: number): string {
  const bytes = lua.lua_tostring(L, index);
  return bytes === null ? '' : toText(bytes);
}

function encodeTable(L: LuaState, table: number, depth: number): string {
  if (depth > MAX_DEPTH) throw new EncodeError(`Cannot serialise, excessive depth (${depth})`);
  lauxlib.luaL_checkstack(L, 4, STACK_MESSAGE);
  const length = findListLength(L, table);
  return length > 0 ? encodeList(L, table, length, depth) : encodeObject(L, table, depth);
}

/** The highest index of a table that has no other keys than positive whole numbers, else 0. */
function findListLength(L: LuaState, table: number): number {
  let count = 0;
  let highest = 0;
  lua.lua_pushnil(L);
  while (lua.lua_next(L, table) !== 0) {
    lua.lua_pop(L, 1);
    const key = lua.lua_type(L, -1) === lua.LUA_TNUMBER ? lua.lua_tonumber(L, -1) : 0;
    if (!Number.isInteger(key) || key < 1) {
      lua.lua_pop(L, 1);
      return 0;
    }
    count += 1;
    highest = Math.max(highest, key);
  }
  if (highest > 10 && highest > count * 2) throw new EncodeError('Cannot serialise table: excessively sparse array');
  return highest;
}

function encodeList(L: LuaState, table: number, length: number, depth: number): string {
  let text = '';
  for (let key = 1; key <= length; key++) {
    lua.lua_rawgeti(L, table, key);
    text += `${key === 1 ? '' : ','}${encodeValue(L, -1, depth)}`;
    lua.lua_pop(L, 1);
  }
  return `[${text}]`;
}

function encodeObject(L: LuaState, table: number, depth: number): string {
  let text = '';
  lua.lua_pushnil(L);
  while (lua.lua_next(L, table) !== 0) {
    const type = lua.lua_type(L, -2);
    if (type !== lua.LUA_TSTRING && type !== lua.LUA_TNUMBER) {
      throw new EncodeError('Cannot serialise table: table key must be a number or string');
    }
    // Not `lua_tostring` on a number in place: it would turn the key into a string and break the iteration.
    const key = type === lua.LUA_TSTRING ? readString(L, -2) : encodeNumber(lua.lua_tonumber(L, -2));
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${encodeValue(L, -1, depth)}`;
    lua.lua_pop(L, 1);
  }
  return `{${text}}`;
}
