import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { z } from 'zod';

/**
 * Builds the packages for npm: `node infra/release/build-packages.ts DIRECTORY` makes a directory in it for each.
 *
 * Node strips no types below `node_modules`, so published packages are compiled. Each is bundled with its dependencies, so that
 * nothing else has to be installed. The licences of bundled packages are in THIRD-PARTY-NOTICES.
 */
const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const manifestSchema = z.looseObject({ name: z.string(), version: z.string(), description: z.string() });

/** Dependencies that are CommonJS ask for Node's modules by `require`, which an ES module has not. */
const requireInModule = `import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);`;

async function buildClient(directory: string): Promise<void> {
  const source = join(root, 'packages/client');
  await bundle(join(source, 'src/index.ts'), join(directory, 'dist/index.js'));
  await writeDeclarations(source, join(directory, 'dist'));
  await writeManifest(source, directory, {
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  });
  await copyFile(join(root, 'docs/publishing.md'), join(directory, 'README.md'));
}

async function buildCommandLine(directory: string): Promise<void> {
  const source = join(root, 'apps/cli');
  const bundled = await bundle(join(source, 'src/main.ts'), join(directory, 'dist/main.js'), requireInModule);
  await writeFile(join(directory, 'THIRD-PARTY-NOTICES'), await collectLicences(bundled));
  // Not bundled: it checks the version of Node before it imports the rest.
  const start = await readFile(join(source, 'bin/eventhooks.mjs'), 'utf8');
  if (!start.includes("'../src/main.ts'")) throw new Error('bin/eventhooks.mjs does not import ../src/main.ts');
  await mkdir(join(directory, 'bin'), { recursive: true });
  const bin = join(directory, 'bin/eventhooks.mjs');
  await writeFile(bin, start.replace("'../src/main.ts'", "'../dist/main.js'"));
  await chmod(bin, 0o755);
  await writeManifest(source, directory, { bin: { eventhooks: 'bin/eventhooks.mjs' } });
  await copyFile(join(root, 'docs/command-line.md'), join(directory, 'README.md'));
}

/** @returns the directories of the bundled packages of others. */
async function bundle(entry: string, outfile: string, banner = ''): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    // The first is large, and for those alone who keep an archive there; the command never connects to PostgreSQL.
    external: ['@aws-sdk/*', 'pg'],
    platform: 'node',
    format: 'esm',
    target: 'node22.18',
    metafile: true,
    absWorkingDir: root,
    legalComments: 'none',
    banner: { js: banner },
    logLevel: 'warning',
  });
  const directories = Object.keys(metafile.inputs).map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(directories)].flatMap((found) => found ?? []).sort();
}

async function writeDeclarations(source: string, outDir: string): Promise<void> {
  const config = join(outDir, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    typeRoots: [join(root, 'node_modules/@types')],
    rootDir: join(source, 'src'),
    outDir,
  };
  const files = [join(source, 'src/index.ts')];
  await writeFile(config, JSON.stringify({ extends: join(root, 'tsconfig.base.json'), compilerOptions, files }));
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config]);
  await rm(config);
  // The compiler rewrites imports in JavaScript only.
  for (const name of await readdir(outDir, { recursive: true })) {
    if (!name.endsWith('.d.ts')) continue;
    const path = join(outDir, name);
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"));
  }
}

/** The workspace's manifest without what serves the workspace alone. */
async function writeManifest(source: string, directory: string, fields: Record<string, unknown>): Promise<void> {
  const { name, version, description } = manifestSchema.parse(
    JSON.parse(await readFile(join(source, 'package.json'), 'utf8')),
  );
  const manifest = {
    name,
    version,
    description,
    license: 'Apache-2.0',
    type: 'module',
    engines: { node: '>=22.18.0' },
    sideEffects: false,
    publishConfig: { access: 'public', provenance: true },
    ...fields,
  };
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await copyFile(join(root, 'LICENSE'), join(directory, 'LICENSE'));
}

async function collectLicences(directories: readonly string[]): Promise<string> {
  const notices: string[] = [];
  for (const directory of directories) {
    const path = join(root, directory);
    const { name, version } = z
      .looseObject({ name: z.string(), version: z.string() })
      .parse(JSON.parse(await readFile(join(path, 'package.json'), 'utf8')));
    const file = (await readdir(path)).find((one) => /^licen[cs]e/i.test(one));
    if (file === undefined) throw new Error(`${name} has no file with its licence`);
    notices.push(`${name} ${version}\n\n${(await readFile(join(path, file), 'utf8')).trim()}\n`);
  }
  return notices.join(`\n${'-'.repeat(80)}\n\n`);
}

const builders = { client: buildClient, cli: buildCommandLine };

const target = process.argv[2];
if (target === undefined) throw new Error('usage: build-packages.ts DIRECTORY');
for (const [name, buildPackage] of Object.entries(builders)) {
  const directory = join(target, name);
  await rm(directory, { recursive: true, force: true });
  await mkdir(join(directory, 'dist'), { recursive: true });
  await buildPackage(directory);
}
