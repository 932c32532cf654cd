import { md5 } from '@noble/hashes/legacy.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type LuaFunction, type LuaState, lauxlib, lua, to_luastring } from 'fengari';
import type { LogBook } from '../log-book.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { EMPTY_ARRAY, EncodeError, encodeValue, NULL, pushNumber, pushValue, toText } from './values.ts';

const { lua_gettop, lua_pushstring, lua_setfield, lua_toboolean } = lua;
const { luaL_checknumber, luaL_checkstring } = lauxlib;

/** Pushes the table that `prelude.lua` gets: what Lua cannot do for itself. */
export function pushHostTable(L: LuaState, logBook: LogBook): void {
  lua.lua_createtable(L, 0, 0);
  setFunctions(L, {
    encode,
    decode,
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
  lua.lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, to_luastring('null'));
  lua.lua_pushlightuserdata(L, EMPTY_ARRAY);
  lua_setfield(L, -2, to_luastring('empty_array'));
  lua.lua_createtable(L, 0, 0);
  setFunctions(L, BIT_FUNCTIONS);
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

function encode(L: LuaState): number {
  lauxlib.luaL_checkany(L, 1);
  let text: string;
  try {
    text = encodeValue(L, 1);
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    return lauxlib.luaL_error(L, to_luastring(error.message));
  }
  return pushBytes(L, to_luastring(text));
}

function decode(L: LuaState): number {
  let value: unknown;
  try {
    value = JSON.parse(toText(luaL_checkstring(L, 1)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return lauxlib.luaL_error(L, to_luastring(`invalid JSON: ${error.message}`));
  }
  pushValue(L, value, true);
  return 1;
}

/** LuaJIT's `bit`: 32 bits, signed results, shifts by the low five bits of their count. */
const BIT_FUNCTIONS: Record<string, LuaFunction> = {
  tobit: (L) => pushOne(L, checkBits(L, 1)),
  bnot: (L) => pushOne(L, ~checkBits(L, 1)),
  band: (L) =>
    pushOne(
      L,
      foldBits(L, (a, b) => a & b),
    ),
  bor: (L) =>
    pushOne(
      L,
      foldBits(L, (a, b) => a | b),
    ),
  bxor: (L) =>
    pushOne(
      L,
      foldBits(L, (a, b) => a ^ b),
    ),
  lshift: (L) => pushOne(L, checkBits(L, 1) << checkBits(L, 2)),
  rshift: (L) => pushOne(L, (checkBits(L, 1) >>> checkBits(L, 2)) | 0),
  arshift: (L) => pushOne(L, checkBits(L, 1) >> checkBits(L, 2)),
  rol: (L) => pushOne(L, rotateLeft(checkBits(L, 1), checkBits(L, 2))),
  ror: (L) => pushOne(L, rotateLeft(checkBits(L, 1), -checkBits(L, 2))),
  bswap: (L) => {
    const value = checkBits(L, 1);
    return pushOne(L, (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24));
  },
  tohex: (L) => {
    const width = lua_gettop(L) < 2 ? 8 : checkBits(L, 2);
    const digits = (checkBits(L, 1) >>> 0)
      .toString(16)
      .padStart(8, '0')
      .slice(-Math.min(8, Math.abs(width)));
    return pushBytes(L, to_luastring(width < 0 ? digits.toUpperCase() : digits));
  },
};

function checkBits(L: LuaState, index: number): number {
  return luaL_checknumber(L, index) | 0;
}

function foldBits(L: LuaState, fold: (a: number, b: number) => number): number {
  let bits = checkBits(L, 1);
  for (let index = 2; index <= lua_gettop(L); index++) bits = fold(bits, checkBits(L, index));
  return bits;
}

function rotateLeft(value: number, count: number): number {
  return (value << count) | (value >>> -count);
}
