import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** All modules that a module loads, types left aside. */
async function findImports(file: string, seen = new Map<string, string[]>()): Promise<Map<string, string[]>> {
  if (seen.has(file)) return seen;
  const text = await readFile(file, 'utf8');
  const imports = [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm)].map(([, name = '']) => name);
  seen.set(file, imports);
  for (const name of imports) {
    if (name.startsWith('.')) await findImports(fileURLToPath(new URL(name, `file://${file}`)), seen);
  }
  return seen;
}

test('the library needs nothing but Node', async () => {
  const modules = await findImports(fileURLToPath(new URL('../src/index.ts', import.meta.url)));
  expect(modules.size).toBeGreaterThan(6);
  const foreign = [...modules.values()].flat().filter((name) => !name.startsWith('.') && !name.startsWith('node:'));
  expect(foreign).toEqual([]);
});
