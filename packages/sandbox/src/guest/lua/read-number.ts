import { type LuaState, lauxlib, lua, to_luastring } from 'fengari';
import { pushNumber, toText } from './values.ts';

/**
 * `tonumber` as LuaJIT has it, in place of fengari's: with a base, numbers go beyond 32 bits, and a number may be given
 * for the text. Base 10 is the same as none.
 */
export function readNumber(L: LuaState): number {
  const base = lua.lua_gettop(L) < 2 || lua.lua_type(L, 2) === lua.LUA_TNIL ? 10 : lauxlib.luaL_checkinteger(L, 2);
  if (base === 10) return readDecimal(L);
  if (base < 2 || base > 36) return lauxlib.luaL_argerror(L, 2, to_luastring('base out of range'));
  const value = readDigits(toText(lauxlib.luaL_checkstring(L, 1)), base);
  if (value === null) lua.lua_pushnil(L);
  else pushNumber(L, value);
  return 1;
}

/** The language's own numerals, hexadecimal ones included. */
function readDecimal(L: LuaState): number {
  lauxlib.luaL_checkany(L, 1);
  lua.lua_settop(L, 1);
  if (lua.lua_type(L, 1) === lua.LUA_TNUMBER) return 1;
  const text = lua.lua_type(L, 1) === lua.LUA_TSTRING ? lua.lua_tostring(L, 1) : null;
  if (text !== null && lua.lua_stringtonumber(L, text) === text.length + 1) return 1;
  lua.lua_pushnil(L);
  return 1;
}

function readDigits(text: string, base: number): number | null {
  const [, sign, prefix, digits = ''] =
    /^[ \t\n\v\f\r]*([-+]?)(0[xX](?=[0-9a-zA-Z]))?([0-9a-zA-Z]+)[ \t\n\v\f\r]*$/.exec(text) ?? [];
  const all = prefix === undefined || base === 16 ? digits : prefix + digits;
  let value = all === '' ? null : 0;
  for (const letter of all) {
    const digit = Number.parseInt(letter, 36);
    if (value === null || digit >= base) return null;
    value = value * base + digit;
  }
  return value !== null && sign === '-' ? -value : value;
}
