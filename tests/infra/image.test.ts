import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment, currentTestRun } from '../support/test-run.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

async function run(command: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(command, args, { cwd: root, env: { ...childEnvironment(currentTestRun().dir), ...env } });
  let output = '';
  const record = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout.on('data', record);
  child.stderr.on('data', record);
  const [code] = await once(child, 'close');
  return { code, output };
}

describe('the entry point', () => {
  const enter = (...args: string[]) => run('infra/docker/entrypoint.sh', args);

  test.each(['admin', 'worker', 'migrate'])('starts %s, as its npm script does', async (name) => {
    const { code, output } = await enter(name);
    expect(output).toContain('DATABASE_URL is not set');
    expect(code).toBe(1);
  });

  test('runs any other command as it is', async () => {
    expect(await enter('node', '-p', '1 + 1')).toEqual({ code: 0, output: '2\n' });
  });
});

describe('the first secrets', () => {
  let dir: string;
  let env: Record<string, string>;
  beforeEach(async () => {
    dir = await mkdtemp(join(currentTestRun().dir, 'secrets-'));
    env = {
      EVENTHOOKS_ADMIN_TOKEN_FILE: join(dir, 'made', 'admin-token'),
      EVENTHOOKS_SECRET_KEYS_FILE: join(dir, 'made', 'secret-keys'),
    };
  });
  afterEach(() => rm(dir, { recursive: true }));
  const make = (more: Record<string, string> = {}) =>
    run('node', ['infra/docker/make-secrets.ts'], { ...env, ...more });
  const fileOf = (name: string) => readFile(join(dir, 'made', name), 'utf8');

  test('are made once, for their owner only, and the token is shown that once', async () => {
    const first = await make();
    const token = (await fileOf('admin-token')).trim();
    const keys = await fileOf('secret-keys');
    expect(first).toMatchObject({ code: 0, output: expect.stringContaining(`Admin token: ${token}\n`) });
    expect(first.output).not.toContain(keys.trim());
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(Buffer.from(keys, 'base64')).toHaveLength(32);
    expect((await stat(join(dir, 'made', 'admin-token'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir, 'made', 'secret-keys'))).mode & 0o777).toBe(0o600);
    expect(await make()).toEqual({ code: 0, output: '' });
    expect(await fileOf('admin-token')).toBe(`${token}\n`);
    expect(await fileOf('secret-keys')).toBe(keys);
  });

  test('two first starts at once agree on them', async () => {
    const runs = await Promise.all([make(), make(), make()]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    const shown = runs.flatMap(({ output }) => output.match(/(?<=Admin token: )\w+/g) ?? []);
    expect(shown).toEqual([(await fileOf('admin-token')).trim()]);
  });

  test('are not made for what is given', async () => {
    const { output } = await make({ EVENTHOOKS_ADMIN_TOKEN: 'a-token-of-ones-own' });
    expect(output).not.toContain('Admin token');
    await expect(fileOf('admin-token')).rejects.toThrow('ENOENT');
    await expect(fileOf('secret-keys')).resolves.toMatch(/=\n$/);
  });
});

test('the health check follows the answer of whichever process runs in the container', async () => {
  let status = 200;
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/readyz' ? status : 404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const free = (closed.address() as AddressInfo).port;
  await new Promise((resolve) => closed.close(resolve));
  const check = (env: Record<string, string>) => run('node', ['infra/docker/check-health.ts', '/readyz'], env);
  const asWorker = { EVENTHOOKS_ADMIN_PORT: String(free), EVENTHOOKS_WORKER_PORT: String(port) };
  const asAdmin = { EVENTHOOKS_ADMIN_PORT: String(port), EVENTHOOKS_WORKER_PORT: String(free) };
  try {
    expect((await check(asWorker)).code).toBe(0);
    expect((await check(asAdmin)).code).toBe(0);
    status = 503;
    expect((await check(asWorker)).code).toBe(1);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  expect((await check(asWorker)).code).toBe(1);
});
