import { type LuaFunction, type LuaState, lauxlib, lua, to_luastring } from 'fengari';
import { pushNumber } from './values.ts';

/** LuaJIT's library `bit`: 32 bits, signed results, shifts by the low five bits of their count. */
export const bitFunctions: Record<string, LuaFunction> = {
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
    const width = lua.lua_gettop(L) < 2 ? 8 : checkBits(L, 2);
    const digits = (checkBits(L, 1) >>> 0)
      .toString(16)
      .padStart(8, '0')
      .slice(-Math.min(8, Math.abs(width)));
    lua.lua_pushstring(L, to_luastring(width < 0 ? digits.toUpperCase() : digits));
    return 1;
  },
};

function checkBits(L: LuaState, index: number): number {
  return lauxlib.luaL_checknumber(L, index) | 0;
}

function foldBits(L: LuaState, fold: (a: number, b: number) => number): number {
  let bits = checkBits(L, 1);
  for (let index = 2; index <= lua.lua_gettop(L); index++) bits = fold(bits, checkBits(L, index));
  return bits;
}

function rotateLeft(value: number, count: number): number {
  return (value << count) | (value >>> -count);
}

function pushOne(L: LuaState, value: number): number {
  pushNumber(L, value);
  return 1;
}
