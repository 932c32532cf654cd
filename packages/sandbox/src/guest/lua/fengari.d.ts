/** The parts of fengari in use. It has no types of its own. Lua strings are bytes. */
declare module 'fengari' {
  export interface LuaState {
    readonly __luaState: unique symbol;
  }
  /** Returns how many results it pushed. */
  export type LuaFunction = (L: LuaState) => number;

  export function to_luastring(text: string): Uint8Array;
  export function to_jsstring(bytes: Uint8Array, from?: number, to?: number, replaceFaults?: boolean): string;

  export const lua: {
    LUA_OK: number;
    LUA_REGISTRYINDEX: number;
    LUA_TNIL: number;
    LUA_TBOOLEAN: number;
    LUA_TLIGHTUSERDATA: number;
    LUA_TNUMBER: number;
    LUA_TSTRING: number;
    LUA_TTABLE: number;
    LUA_TFUNCTION: number;
    lua_atnativeerror(L: LuaState, handler: LuaFunction): void;
    lua_absindex(L: LuaState, index: number): number;
    lua_call(L: LuaState, args: number, results: number): void;
    lua_pcall(L: LuaState, args: number, results: number, handler: number): number;
    lua_createtable(L: LuaState, arraySize: number, recordSize: number): void;
    lua_error(L: LuaState): never;
    lua_getmetatable(L: LuaState, index: number): boolean;
    lua_gettop(L: LuaState): number;
    lua_settop(L: LuaState, index: number): void;
    lua_pop(L: LuaState, count: number): void;
    lua_next(L: LuaState, index: number): number;
    lua_isinteger(L: LuaState, index: number): boolean;
    lua_type(L: LuaState, index: number): number;
    lua_typename(L: LuaState, type: number): Uint8Array;
    lua_pushboolean(L: LuaState, value: boolean): void;
    lua_pushcfunction(L: LuaState, fn: LuaFunction): void;
    lua_pushinteger(L: LuaState, value: number): void;
    lua_pushlightuserdata(L: LuaState, value: unknown): void;
    lua_pushnil(L: LuaState): void;
    lua_pushnumber(L: LuaState, value: number): void;
    lua_pushstring(L: LuaState, bytes: Uint8Array): void;
    lua_pushvalue(L: LuaState, index: number): void;
    lua_replace(L: LuaState, index: number): void;
    lua_rawgeti(L: LuaState, index: number, key: number): number;
    lua_rawlen(L: LuaState, index: number): number;
    lua_rawset(L: LuaState, index: number): void;
    lua_rawseti(L: LuaState, index: number, key: number): void;
    lua_setfield(L: LuaState, index: number, name: Uint8Array): void;
    lua_setmetatable(L: LuaState, index: number): void;
    /** The length of the text and one more where it is a number, which is then pushed. Else 0. */
    lua_stringtonumber(L: LuaState, text: Uint8Array): number;
    lua_toboolean(L: LuaState, index: number): boolean;
    lua_tonumber(L: LuaState, index: number): number;
    lua_tostring(L: LuaState, index: number): Uint8Array | null;
    lua_topointer(L: LuaState, index: number): unknown;
    lua_touserdata(L: LuaState, index: number): unknown;
  };

  export const lauxlib: {
    luaL_newstate(): LuaState;
    luaL_requiref(L: LuaState, name: Uint8Array, open: LuaFunction, asGlobal: number): void;
    luaL_loadbufferx(L: LuaState, source: Uint8Array, size: number, name: Uint8Array, mode: Uint8Array): number;
    luaL_checkany(L: LuaState, index: number): void;
    luaL_checknumber(L: LuaState, index: number): number;
    luaL_checkstring(L: LuaState, index: number): Uint8Array;
    luaL_checkstack(L: LuaState, slots: number, message: Uint8Array): void;
    luaL_tolstring(L: LuaState, index: number): Uint8Array;
    luaL_argerror(L: LuaState, index: number, message: Uint8Array): never;
    luaL_checkinteger(L: LuaState, index: number): number;
    /** `%s` in the message stands for an argument. */
    luaL_error(L: LuaState, message: Uint8Array, ...args: Uint8Array[]): never;
    luaL_ref(L: LuaState, table: number): number;
  };

  export const lualib: {
    luaopen_base: LuaFunction;
    luaopen_coroutine: LuaFunction;
    luaopen_table: LuaFunction;
    luaopen_string: LuaFunction;
    luaopen_math: LuaFunction;
    luaopen_debug: LuaFunction;
  };
}

declare module '*.lua' {
  const text: string;
  export default text;
}
