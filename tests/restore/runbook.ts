import { readFile } from 'node:fs/promises';

/** The settings of a block of docs/operations.md (```conf label), as flags of `postgres`. */
export async function readFlags(label: string, values: Readonly<Record<string, string>>): Promise<string[]> {
  const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const block = new RegExp(`^\`\`\`conf ${label}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(page)?.[1];
  if (block === undefined) throw new Error(`docs/operations.md has no block 'conf ${label}'`);
  const settings = [...block.matchAll(/^(\w+) = '?(.*?)'?$/gm)];
  return settings.flatMap(([, name = '', value = '']) => {
    const given = Object.entries(values).reduce((text, [from, to]) => text.replaceAll(from, to), value);
    return ['-c', `${name}=${given}`];
  });
}
