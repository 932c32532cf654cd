import { readdir, readFile } from 'node:fs/promises';
import { z } from 'zod';

const root = new URL('../', import.meta.url);
const page = await readFile(new URL('docs/architecture.md', root), 'utf8');
const dependenciesSchema = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({
  name: z.string(),
  dependencies: dependenciesSchema,
  devDependencies: dependenciesSchema,
});

const shortName = (name: string) => name.replace('@eventhooks/', '');

async function readManifests() {
  const folders = await Promise.all(
    ['apps', 'packages'].map(async (folder) =>
      (await readdir(new URL(folder, root))).map((name) => ({ folder, name, path: `${folder}/${name}` })),
    ),
  );
  return Promise.all(
    folders.flat().map(async (workspace) => {
      const text = await readFile(new URL(`${workspace.path}/package.json`, root), 'utf8');
      return { ...workspace, manifest: manifestSchema.parse(JSON.parse(text)) };
    }),
  );
}

const workspaces = await readManifests();
const imports = workspaces.flatMap(({ manifest: { name, dependencies, devDependencies } }) =>
  Object.keys({ ...dependencies, ...devDependencies })
    .filter((dependency) => dependency.startsWith('@eventhooks/'))
    .map((dependency) => ({ from: shortName(name), to: shortName(dependency) })),
);

const drawings = [...page.matchAll(/```mermaid\ngraph TD\n([\s\S]*?)```/g)].map(([, drawing = '']) =>
  [...drawing.matchAll(/^ {2}[\w-]+ --> [\w-]+$/gm)].map(([arrow]) => arrow.trim()).sort(),
);

test('the first drawing in docs/architecture.md has every import of one workspace by another, and no other', () => {
  expect(drawings[0]).toEqual(imports.map(({ from, to }) => `${from} --> ${to}`).sort());
});

test("the second drawing has every import of one of the worker's folders by another, and no other", async () => {
  const source = new URL('apps/worker/src/', root);
  const files = (await readdir(source, { recursive: true })).filter((name) => /^[\w-]+\/.*(?<!\.test)\.ts$/.test(name));
  const arrows = await Promise.all(
    files.map(async (name) => {
      const text = await readFile(new URL(name, source), 'utf8');
      return [...text.matchAll(/from '\.\.\/([\w-]+)\//g)].map(([, to]) => `${name.split('/')[0]} --> ${to}`);
    }),
  );
  expect(drawings[1]).toEqual([...new Set(arrows.flat())].sort());
});

test('the table of docs/architecture.md names every workspace, and no other', () => {
  const listed = [...page.matchAll(/^\| `((?:apps|packages)\/[\w-]+)` \|/gm)].map(([, path]) => path);
  expect(listed.sort()).toEqual(workspaces.map(({ path }) => path).sort());
});

test('workspaces import each other without circles, and packages import no app', () => {
  const apps = workspaces.filter(({ folder }) => folder === 'apps').map(({ name }) => name);
  const packages = workspaces.filter(({ folder }) => folder === 'packages').map(({ name }) => name);
  expect(imports.filter(({ from, to }) => packages.includes(from) && apps.includes(to))).toEqual([]);
  // Takes away what imports nothing that is left, until nothing can be taken away: a circle remains.
  let left = [...apps, ...packages];
  for (let size = -1; size !== left.length; ) {
    size = left.length;
    const before = left;
    left = before.filter((name) => imports.some(({ from, to }) => from === name && before.includes(to)));
  }
  expect(left).toEqual([]);
});
