import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ClientTrial {
  url: string;
  token: string;
  /** For files; with the installation's. */
  dir: string;
}

const programs = fileURLToPath(new URL('clients/', import.meta.url));
const packages = ['openapi-typescript@7.13.0', 'openapi-fetch@0.17.0', 'typescript@5.9.3', '@types/node@24'];

/** Generates a client from /openapi.json in two languages; each must compile and import, and publish an event that is delivered. */
export async function tryClients(trial: ClientTrial): Promise<{ passed: number; problems: string[] }> {
  const faults = [await tryPython(trial), await tryTypeScript(trial)];
  const problems = faults.filter((fault) => fault !== null);
  return { passed: faults.length - problems.length, problems };
}

async function tryPython({ url, token, dir }: ClientTrial): Promise<string | null> {
  const directory = join(dir, 'python');
  await mkdir(directory);
  await copyFile(join(programs, 'publish.py'), join(directory, 'publish.py'));
  return runAll('the Python client', directory, [
    [
      'openapi-python-client',
      'generate',
      '--url',
      `${url}/openapi.json`,
      '--meta',
      'none',
      '--output-path',
      'generated',
    ],
    ['python3', 'publish.py', url, token],
  ]);
}

async function tryTypeScript({ url, token, dir }: ClientTrial): Promise<string | null> {
  const directory = join(dir, 'typescript');
  await mkdir(directory);
  await copyFile(join(programs, 'publish.ts'), join(directory, 'publish.ts'));
  return runAll('the TypeScript client', directory, [
    ['npm', 'init', '-y', '--init-type', 'module'],
    ['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages],
    ['node_modules/.bin/openapi-typescript', `${url}/openapi.json`, '-o', 'schema.ts'],
    ['node_modules/.bin/tsc', '--noEmit', '--strict', '--exactOptionalPropertyTypes', ...compilerOptions, 'publish.ts'],
    ['node', 'publish.ts', url, token],
  ]);
}

const compilerOptions = [
  '--target',
  'es2024',
  '--module',
  'nodenext',
  '--allowImportingTsExtensions',
  '--types',
  'node',
];

/** Runs commands until one fails; says which one. */
async function runAll(what: string, cwd: string, commands: readonly string[][]): Promise<string | null> {
  for (const [program = '', ...given] of commands) {
    const child = spawn(program, given, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
    const [code] = await once(child, 'close');
    if (code !== 0) return `${what}: ${program} ${given[0]} ended with status ${code}`;
  }
  return null;
}
