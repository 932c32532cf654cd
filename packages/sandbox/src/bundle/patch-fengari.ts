import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/**
 * fengari is Lua 5.3 with 32-bit integers that wrap: `data.created_at * 1000` would be negative. Numbers of Lua 5.1 and
 * LuaJIT are doubles. With these changes a whole number beyond 32 bits becomes a double, -0 stays one, and whole doubles
 * serve where integers are required. Each text must be found once, so that a changed fengari stops the build.
 */
const PATCHES: Record<string, readonly (readonly [from: string, to: string])[]> = {
  'lobject.js': [
    [
      'setivalue(x) {\n        this.type = LUA_TNUMINT;\n        this.value = x;',
      'setivalue(x) {\n        let whole = (x | 0) === x && (x !== 0 || 1 / x > 0);\n        this.type = whole ? LUA_TNUMINT : LUA_TNUMFLT;\n        this.value = whole ? x | 0 : x;',
    ],
    ['a = (a * 16 + luaO_hexavalue(s[i]))|0;', 'a = a * 16 + luaO_hexavalue(s[i]); if (a > MAX_INT) return null;'],
    ['case LUA_OPADD:  return (v1 + v2)|0;', 'case LUA_OPADD:  return v1 + v2;'],
    ['case LUA_OPSUB:  return (v1 - v2)|0;', 'case LUA_OPSUB:  return v1 - v2;'],
    ['case LUA_OPMUL:  return lvm.luaV_imul(v1, v2);', 'case LUA_OPMUL:  return v1 * v2;'],
    ['case LUA_OPUNM:  return (0 - v1)|0;', 'case LUA_OPUNM:  return 0 - v1;'],
  ],
  'luaconf.js': [
    // C's %.14g, which is what Lua and LuaJIT print: `1e+15`, `1e-05`, `inf`.
    [
      'return String(Number(n.toPrecision(14)));',
      `if (!Number.isFinite(n)) return n > 0 ? "inf" : n < 0 ? "-inf" : "nan";
    if (n === 0) return 1 / n < 0 ? "-0" : "0";
    let [digits, exponent] = n.toExponential(13).split("e");
    if (exponent >= -4 && exponent < 14) return String(Number(n.toPrecision(14)));
    return String(Number(digits)) + "e" + exponent[0] + exponent.slice(1).padStart(2, "0");`,
    ],
  ],
  'lvm.js': [
    ['setivalue((op1.value + op2.value)|0)', 'setivalue(op1.value + op2.value)'],
    ['setivalue((op1.value - op2.value)|0)', 'setivalue(op1.value - op2.value)'],
    ['setivalue(luaV_imul(op1.value, op2.value))', 'setivalue(op1.value * op2.value)'],
    ['setivalue((-op.value)|0)', 'setivalue(-op.value)'],
    ['let idx = (L.stack[ra].value + step)|0;', 'let idx = L.stack[ra].value + step;'],
    // Lua 5.1: a remainder of zero is not a number, and no error.
    [
      'L.stack[ra].setivalue(luaV_mod(L, op1.value, op2.value));',
      'L.stack[ra].setivalue(op2.value === 0 ? NaN : luaV_mod(L, op1.value, op2.value));',
    ],
  ],
  'lstate.js': [
    // V8 keeps a field that has held a fraction or NaN as a boxed double, and all contexts from one snapshot share the box.
    // A value that one task leaves in such a field of the state would be seen by the next. Whole numbers have no box.
    ...['funcOff', 'l_base', 'l_savedpc', 'nresults', 'callstatus', 'stack_last', 'oldpc'].map(
      (field) => [`this.${field} = NaN;`, `this.${field} = 0;`] as const,
    ),
    ['this.top = NaN;\n', 'this.top = 0;\n'],
    ['this.top = NaN; /*', 'this.top = 0; /*'],
  ],
  'lauxlib.js': [
    // Lua 5.1 truncates: `text:sub(1, #text / 2)`.
    [
      'let d = lua_tointegerx(L, arg);\n    if (d === false)',
      'let d = lua_tointegerx(L, arg);\n    if (d === false && lua_isnumber(L, arg)) d = Math.trunc(lua_tonumber(L, arg)) | 0;\n    if (d === false)',
    ],
  ],
  'lstrlib.js': [
    [
      'let n = luaL_checkinteger(L, arg);\n                    addlenmod',
      'let n = Math.trunc(luaL_checknumber(L, arg));\n                    addlenmod',
    ],
  ],
  'lbaselib.js': [
    ['return v|0;', 'return v;'],
    ['if (n !== null) {\n            lua_pushinteger(L, n);', 'if (n !== null) {\n            lua_pushnumber(L, n);'],
    ['    lua_pushinteger,\n', '    lua_pushinteger,\n    lua_pushnumber,\n'],
  ],
};

export const patchFengari: Plugin = {
  name: 'patch-fengari',
  setup(build) {
    build.onLoad({ filter: /[\\/]fengari[\\/]src[\\/]\w+\.js$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8');
      const patches = PATCHES[path.replace(/^.*[\\/]/, '')] ?? [];
      return {
        contents: patches.reduce((text, [from, to]) => replaceOnce(text, from, to, path), contents),
        loader: 'js',
      };
    });
  },
};

function replaceOnce(text: string, from: string, to: string, path: string): string {
  const parts = text.replaceAll('\r\n', '\n').split(from);
  if (parts.length !== 2) throw new Error(`fengari has changed: ${path} should contain once: ${from}`);
  return parts.join(to);
}
