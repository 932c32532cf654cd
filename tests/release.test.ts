import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeTemporaryDirectory } from './support/index.ts';
import { childEnvironment, currentTestRun } from './support/test-run.ts';

const execute = promisify(execFile);
/** Runs a program without this run's environment: npm hands its own options on in it, and a nested npx would take them. */
const run = (file: string, args: readonly string[], options: { cwd?: string } = {}) =>
  execute(file, args, { ...options, env: childEnvironment(currentTestRun().dir) });
const root = fileURLToPath(new URL('..', import.meta.url));
const { version }: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const minute = 60_000;

/** A project of a user, with nothing in it but the packed client and command. */
let project: string;

beforeAll(async () => {
  const built = await makeTemporaryDirectory();
  await run(process.execPath, ['infra/release/build-packages.ts', built], { cwd: root });
  project = await makeTemporaryDirectory();
  await writeFile(join(project, 'package.json'), '{"name":"consumer","private":true,"type":"module"}');
  for (const name of ['client', 'cli'])
    await run('npm', ['pack', '--pack-destination', project, join(built, name)], { cwd: project });
  const tarballs = (await readdir(project)).filter((name) => name.endsWith('.tgz'));
  await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs], {
    cwd: project,
  });
}, 3 * minute);

test('the tarballs are complete: they install without the registry, and bring their licences', async () => {
  const installed = await readdir(join(project, 'node_modules', '@eventhooks'));
  expect(installed.sort()).toEqual(['cli', 'client']);
  const notices = await readFile(join(project, 'node_modules/@eventhooks/cli/THIRD-PARTY-NOTICES'), 'utf8');
  expect(notices).toContain('commander');
  expect(notices).not.toContain('eventhooks');
});

const program = `
import { createPublisher, type Publisher, sign, type Verification, verify } from '@eventhooks/client';

const publisher: Publisher = createPublisher({ url: 'http://127.0.0.1:9' });
const body = '{"n":1}';
const headers = sign({ id: 'msg_1', timestampSeconds: Math.floor(Date.now() / 1000), body, secret: 'shh' });
const verification: Verification = await verify({ headers, body }, 'shh');
console.log(JSON.stringify({ publish: typeof publisher.publish, ok: verification.ok }));
await publisher.close();
`;

test(
  'a program of an empty project signs, verifies and makes a publisher',
  async () => {
    await writeFile(join(project, 'program.ts'), program);
    const { stdout } = await run(process.execPath, ['program.ts'], { cwd: project });
    expect(JSON.parse(stdout)).toEqual({ publish: 'function', ok: true });
  },
  minute,
);

test(
  "the client's declarations are checked by the program's compiler, and refuse what is wrong",
  async () => {
    const compilerOptions = {
      strict: true,
      module: 'nodenext',
      target: 'es2024',
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    };
    const check = async (name: string, code: string) => {
      await writeFile(join(project, `${name}.ts`), code);
      await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [`${name}.ts`] }));
      const compiler = join(root, 'node_modules/typescript/bin/tsc');
      return run(process.execPath, [compiler, '-p', project]).then(
        () => '',
        ({ stdout }: { stdout: string }) => stdout,
      );
    };
    expect(await check('right', program)).toBe('');
    expect(await check('wrong', program.replace("url: 'http://127.0.0.1:9'", 'url: 9'))).toContain('TS2322');
  },
  minute,
);

test(
  'the command starts from its tarball',
  async () => {
    const { stdout } = await run('npx', ['--offline', 'eventhooks', 'trigger', '--help'], { cwd: project });
    expect(stdout).toContain('Usage: eventhooks trigger');
  },
  minute,
);

test('the changelog has a section for the present version, and none for another one', async () => {
  const section = (name: string) => run('infra/release/changelog-section.sh', [name], { cwd: root });
  expect((await section(version)).stdout).toMatch(/^- /m);
  await expect(section('0.0.1')).rejects.toMatchObject({ code: 1 });
});
