import { type LuaState, lauxlib, lua, to_luastring } from 'fengari';
import { type Conversion, formatFloat, formatInteger } from './number-format.ts';

const { luaL_checkany, luaL_checknumber, luaL_checkstring, luaL_error, luaL_tolstring } = lauxlib;

/** After the `%`: flags, a width and a precision of two digits each at most, and the letter. */
const conversionPattern = /([-+ #0]*)(\d{0,2})(?:(\.)(\d{0,2}))?([\s\S]?)/y;

/** `string.format` as LuaJIT has it, in place of fengari's, which prints numbers by JavaScript's rules. */
export function format(L: LuaState): number {
  const pattern = luaL_checkstring(L, 1);
  const text = toBinary(pattern);
  const parts: Uint8Array[] = [];
  let argument = 1;
  let at = 0;
  for (;;) {
    const percent = text.indexOf('%', at);
    if (percent === -1) break;
    parts.push(pattern.subarray(at, percent));
    if (text[percent + 1] === '%') {
      parts.push(pattern.subarray(percent, percent + 1));
      at = percent + 2;
      continue;
    }
    conversionPattern.lastIndex = percent + 1;
    const conversion = readConversion(conversionPattern.exec(text));
    at = percent + 1 + conversion.length;
    argument += 1;
    const part = convert(L, argument, conversion);
    if (part === null)
      return luaL_error(L, to_luastring("invalid option '%s' to 'format'"), pattern.subarray(percent, at));
    parts.push(part);
  }
  parts.push(pattern.subarray(at));
  lua.lua_pushstring(L, concat(parts));
  return 1;
}

function readConversion(match: RegExpExecArray | null): Conversion & { length: number } {
  const [all = '', flags = '', width = '', point, precision = '', letter = ''] = match ?? [];
  return {
    letter,
    isLeft: flags.includes('-'),
    hasPlus: flags.includes('+'),
    hasSpace: flags.includes(' '),
    hasZero: flags.includes('0'),
    isAlternate: flags.includes('#'),
    width: Number(width),
    precision: point === undefined ? null : Number(precision),
    length: all.length,
  };
}

/** The argument's text, or null for a letter that names no conversion. */
function convert(L: LuaState, argument: number, conversion: Conversion): Uint8Array | null {
  const { letter } = conversion;
  if (/^[diuxXo]$/.test(letter)) return to_luastring(formatInteger(luaL_checknumber(L, argument), conversion));
  if (/^[aAeEfFgG]$/.test(letter)) return to_luastring(formatFloat(luaL_checknumber(L, argument), conversion));
  if (letter === 'c') return padBytes(Uint8Array.of(toByte(luaL_checknumber(L, argument))), conversion);
  if (letter !== 's' && letter !== 'q') return null;
  luaL_checkany(L, argument);
  const bytes = luaL_tolstring(L, argument);
  lua.lua_pop(L, 1);
  return letter === 'q' ? quote(bytes) : padBytes(bytes.subarray(0, conversion.precision ?? bytes.length), conversion);
}

/** The low byte of a 32-bit number. What is beyond 32 bits has none. */
function toByte(value: number): number {
  const whole = Math.trunc(value);
  return (whole | 0) === whole ? whole & 255 : 0;
}

const [quoteByte, backslash, newline, space, zero, nine, del] = [34, 92, 10, 32, 48, 57, 127] as const;

/** Text that Lua reads back as the same string. */
function quote(bytes: Uint8Array): Uint8Array {
  const quoted: number[] = [quoteByte];
  for (const [index, byte] of bytes.entries()) {
    if (byte === quoteByte || byte === backslash || byte === newline) quoted.push(backslash, byte);
    else if (byte >= space && byte !== del) quoted.push(byte);
    else {
      const next = bytes[index + 1] ?? 0;
      const isDigit = next >= zero && next <= nine;
      quoted.push(backslash, ...to_luastring(String(byte).padStart(isDigit ? 3 : 0, '0')));
    }
  }
  quoted.push(quoteByte);
  return Uint8Array.from(quoted);
}

function padBytes(bytes: Uint8Array, { width, isLeft }: Conversion): Uint8Array {
  if (bytes.length >= width) return bytes;
  const padded = new Uint8Array(width).fill(space);
  padded.set(bytes, isLeft ? 0 : width - bytes.length);
  return padded;
}

/** One character for each byte, so that positions in the text are positions in the bytes. */
function toBinary(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
