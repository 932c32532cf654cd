import { type LuaState, lauxlib, lua, to_jsstring, to_luastring } from 'fengari';

/** `cjson.null` and `ngx.null`. */
export const NULL = Object.freeze({ null: true });
/** `cjson.empty_array`, which encodes as `[]`. */
export const EMPTY_ARRAY = Object.freeze([]);

const stackMessage = to_luastring('nested too deep');

/** A metatable that tells `cjson.encode` that a table is a list. */
export interface ListTag {
  /** Its place in Lua's registry. */
  ref: number;
  /** Identifies it among the metatables of values. */
  pointer: unknown;
}

/** `array` is OpenResty's `cjson.array_mt`: always a list. `emptyArray` is `cjson.empty_array_mt`: a list when it is empty. */
export interface ListTags {
  array: ListTag;
  emptyArray: ListTag;
}

export function createListTags(L: LuaState): ListTags {
  const createTag = (): ListTag => {
    lua.lua_createtable(L, 0, 0);
    const pointer = lua.lua_topointer(L, -1);
    return { ref: lauxlib.luaL_ref(L, lua.LUA_REGISTRYINDEX), pointer };
  };
  return { array: createTag(), emptyArray: createTag() };
}

export interface PushOptions {
  /** Whether a null in an object becomes `cjson.null`. Otherwise its key is left out, so that `if data.x then` works. */
  keepsNull: boolean;
  /** The metatable of lists, if they get one. */
  listTag: ListTag | null;
}

/** Pushes a parsed JSON value. A null in a list is always `cjson.null`, so that the list keeps its length. */
export function pushValue(L: LuaState, value: unknown, options: PushOptions): void {
  if (typeof value === 'string') lua.lua_pushstring(L, to_luastring(value));
  else if (typeof value === 'number') pushNumber(L, value);
  else if (typeof value === 'boolean') lua.lua_pushboolean(L, value);
  else if (Array.isArray(value)) pushList(L, value, options);
  else if (typeof value === 'object' && value !== null) pushObject(L, value, options);
  else lua.lua_pushlightuserdata(L, NULL);
}

export function pushNumber(L: LuaState, value: number): void {
  if ((value | 0) === value && !Object.is(value, -0)) lua.lua_pushinteger(L, value | 0);
  else lua.lua_pushnumber(L, value);
}

function pushList(L: LuaState, list: unknown[], options: PushOptions): void {
  reserveStack(L);
  lua.lua_createtable(L, list.length, 0);
  for (const [index, item] of list.entries()) {
    pushValue(L, item, options);
    lua.lua_rawseti(L, -2, index + 1);
  }
  if (options.listTag === null) return;
  lua.lua_rawgeti(L, lua.LUA_REGISTRYINDEX, options.listTag.ref);
  lua.lua_setmetatable(L, -2);
}

function pushObject(L: LuaState, object: object, options: PushOptions): void {
  reserveStack(L);
  lua.lua_createtable(L, 0, 0);
  for (const [key, item] of Object.entries(object)) {
    if (item === null && !options.keepsNull) continue;
    lua.lua_pushstring(L, to_luastring(key));
    pushValue(L, item, options);
    lua.lua_rawset(L, -3);
  }
}

/** Room for one more level of nesting. */
export function reserveStack(L: LuaState): void {
  lauxlib.luaL_checkstack(L, 6, stackMessage);
}

export function toText(bytes: Uint8Array): string {
  return to_jsstring(bytes, 0, bytes.length, true);
}
