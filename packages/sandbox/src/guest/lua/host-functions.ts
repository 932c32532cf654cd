import { md5 } from '@noble/hashes/legacy.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type LuaFunction, type LuaState, lauxlib, lua, to_luastring } from 'fengari';
import type { LogBook } from '../log-book.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { bitFunctions } from './bit.ts';
import { type CjsonSettings, createCjsonSettings, pushCjson } from './cjson.ts';
import { format } from './format.ts';
import { readNumber } from './read-number.ts';
import { pushNumber, toText } from './values.ts';

const { lua_gettop, lua_pushstring, lua_setfield, lua_toboolean } = lua;
const { luaL_checkstring } = lauxlib;

/** Pushes the table of functions that `prelude.lua` gets, because Lua cannot do these things itself. */
export function pushHostTable(L: LuaState, logBook: LogBook, settings: CjsonSettings): void {
  lua.lua_createtable(L, 0, 0);
  setFunctions(L, {
    format,
    tonumber: readNumber,
    time: (state) => pushOne(state, Math.floor(Date.now() / 1000)),
    now: (state) => pushOne(state, Date.now() / 1000),
    md5: (state) => pushBytes(state, to_luastring(bytesToHex(md5(luaL_checkstring(state, 1))))),
    encode_base64: (state) =>
      pushBytes(state, encodeBase64(luaL_checkstring(state, 1), lua_gettop(state) < 2 || !lua_toboolean(state, 2))),
    decode_base64: (state) => pushBytes(state, decodeBase64(luaL_checkstring(state, 1))),
    log: (state) => {
      let text = '';
      for (let index = 2; index <= lua_gettop(state); index++) {
        text += toText(lauxlib.luaL_tolstring(state, index));
        lua.lua_pop(state, 1);
      }
      logBook.add(toText(luaL_checkstring(state, 1)), text);
      return 0;
    },
  });
  pushCjson(L, settings, false);
  lua_setfield(L, -2, to_luastring('cjson'));
  pushCjson(L, createCjsonSettings(settings.tags), true);
  lua_setfield(L, -2, to_luastring('cjson_safe'));
  lua.lua_createtable(L, 0, 0);
  setFunctions(L, bitFunctions);
  lua_setfield(L, -2, to_luastring('bit'));
}

function setFunctions(L: LuaState, functions: Record<string, LuaFunction>): void {
  for (const [name, fn] of Object.entries(functions)) {
    lua.lua_pushcfunction(L, fn);
    lua_setfield(L, -2, to_luastring(name));
  }
}

function pushOne(L: LuaState, value: number): number {
  pushNumber(L, value);
  return 1;
}

function pushBytes(L: LuaState, bytes: Uint8Array | null): number {
  if (bytes === null) lua.lua_pushnil(L);
  else lua_pushstring(L, bytes);
  return 1;
}
