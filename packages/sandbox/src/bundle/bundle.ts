import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import type { BootMessage, GuestKind } from '../protocol.ts';
import { patchFengari } from './patch-fengari.ts';

export type Bundles = Pick<BootMessage, 'runnerCode' | 'guestCode' | 'isolatedVmPath'>;

/** Makes Lua behave as LuaJIT: whole numbers print without `.0`, and the stack has LuaJIT's limit. */
const FENGARI_SETTINGS = JSON.stringify({ LUA_COMPAT_FLOATSTRING: true, LUAI_MAXSTACK: 65_500 });

const GUESTS: Record<GuestKind, string> = {
  template: '../guest/template.ts',
  lua: '../guest/lua.ts',
  javascript: '../guest/javascript.ts',
};

/**
 * Bundles the code of the runner and the guests, from the sources as installed, into texts in memory (about 150 ms). Nothing
 * is cached on disk, where another user could change it, and node_modules may be read-only.
 */
export async function bundleSandbox(): Promise<Bundles> {
  const [runnerCode, template, lua, javascript] = await Promise.all([
    bundle('../runner/main.ts', 'node'),
    bundle(GUESTS.template, 'browser'),
    bundle(GUESTS.lua, 'browser'),
    bundle(GUESTS.javascript, 'browser'),
  ]);
  await stop();
  const isolatedVmPath = createRequire(import.meta.url).resolve('isolated-vm');
  return { runnerCode, guestCode: { template, lua, javascript }, isolatedVmPath };
}

async function bundle(entry: string, platform: 'node' | 'browser'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    platform,
    format: platform === 'node' ? 'cjs' : 'iife',
    target: 'es2024',
    external: ['isolated-vm'],
    loader: { '.lua': 'text' },
    // Guests have no Node, so fengari must take its browser side.
    define:
      platform === 'node' ? {} : { process: 'undefined', 'process.env.FENGARICONF': JSON.stringify(FENGARI_SETTINGS) },
    plugins: [patchFengari],
    logLevel: 'silent',
  });
  const file = outputFiles?.[0];
  if (file === undefined) throw new Error(`esbuild gave no output for ${entry}`);
  return file.text;
}
