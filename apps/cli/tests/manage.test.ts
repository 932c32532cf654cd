import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { type Installation, startInstallation } from '../../../tests/installation.ts';
import { findFreePort, type Receiver, startReceiver, waitFor } from '../../../tests/support/index.ts';
import { runCommand, startCommand } from './support/run-command.ts';

// Each command is a process of its own; a busy machine takes its time to start one.
jest.setTimeout(240_000);
const patiently = { timeoutMs: 120_000 };

const TOKEN = 'the-admin-token-of-this-test';
let installation: Installation;
let receiver: Receiver;
let dir: string;
let env: Record<string, string>;
beforeAll(async () => {
  installation = await startInstallation({ workers: 1, env: { EVENTHOOKS_ADMIN_TOKEN: TOKEN } });
  receiver = await startReceiver();
  dir = await mkdtemp(join(tmpdir(), 'eventhooks-manage-'));
  env = { XDG_CONFIG_HOME: dir };
  const url = installation.admin.url;
  const login = ['login', '--url', url, '--profile', 'test', '--token-stdin'];
  expect(await runCommand([...login], { env, input: 'wrong\n' })).toMatchObject({ code: 3 });
  const { code, stdout } = await runCommand(login, { env, input: `${TOKEN}\n` });
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("the role 'admin'") });
});
afterAll(async () => {
  await receiver.close();
  await installation[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

const run = (...args: string[]) => runCommand(args, { env });

/** Runs with --json, expects success, and reads the answer. */
async function json(...args: string[]) {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ args, code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
}

test('a login is kept for its owner alone, and is what every command then uses', async () => {
  const file = join(dir, 'eventhooks', 'profiles.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    current: 'test',
    profiles: { test: { token: TOKEN } },
  });
  const { stdout } = await run('profiles');
  expect(stdout).toMatch(/test +http:\S+ +default +saved +current/);
  expect(stdout).not.toContain(TOKEN);
  expect(await run('hooks', '--profile', 'tset')).toMatchObject({ code: 2, stderr: expect.stringContaining('test') });
  expect(await run('hooks', '--url', 'foo')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('http or https'),
  });
});

test('a hook is created, tried, switched off and on, exported, and made again from the export', async () => {
  const config = ['--to', receiver.url, '--secret', 's3cret', '--set', 'config.headers.x-team=billing'];
  const created = await run(
    'hooks',
    'create',
    '--source',
    'crud',
    '--event',
    'consumers',
    '--name',
    'billing',
    ...config,
  );
  expect(created).toMatchObject({ code: 0, stdout: expect.stringContaining('It hears crud/consumers.') });
  expect(await run('hooks', 'ping', 'billing')).toMatchObject({ code: 0 });
  expect(await run('hooks', 'test', 'billing')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('answered 200'),
  });
  receiver.answerWith(() => ({ status: 500, body: 'broken' }));
  const failing = await run('hooks', 'test', 'billing', '--set', 'entity.username=Grace');
  expect(failing).toMatchObject({ code: 1, stdout: expect.stringMatching(/answered 500 \(http_5xx\)[\s\S]*broken/) });
  receiver.answerWith(() => ({}));
  await json('hooks', 'disable', 'billing');
  expect(await json('hooks', 'get', 'billing')).toMatchObject({ enabled: false });
  await json('hooks', 'enable', 'billing');

  const exported = await run('hooks', 'export', 'billing');
  expect(exported.stdout).toContain('secret: !env BILLING_SECRET');
  expect(exported.stdout).not.toContain('s3cret');
  const file = join(dir, 'billing.yaml');
  await writeFile(file, exported.stdout);
  const variables = Object.fromEntries(
    JSON.parse((await run('hooks', 'export', '--json')).stdout).variables.map((name: string) => [name, 'x']),
  );
  env = { ...env, ...variables, BILLING_SECRET: 's3cret', BILLING_HEADERS_X_TEAM: 'billing' };
  expect(await json('hooks', 'diff', '-f', file)).toEqual([expect.objectContaining({ action: 'unchanged' })]);
});

test('a hook is made from a template, which says what it needs', async () => {
  const create = ['hooks', 'create', '--source', 'eventhooks', '--name', 'alerts', '--template', 'slack'];
  expect(await run(...create)).toMatchObject({ code: 2, stderr: expect.stringContaining('--with url=') });
  expect(await run(...create.slice(0, -1), 'slak')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('slack'),
  });
  const hook = await json(...create, '--with', `url=${receiver.url}/slack`);
  expect(hook).toMatchObject({ handler: 'webhook-custom', config: { url: `${receiver.url}/slack`, method: 'POST' } });
});

test('events of one own, workspaces, and the audit log of both', async () => {
  await json('sources', 'set', 'shop', 'order', '--fields', 'order', 'amount', '--unique', 'order');
  await json('sources', 'set', 'shop', 'order', '--description', 'An order was paid');
  expect(await json('sources', 'get', 'shop', 'order')).toEqual({
    description: 'An order was paid',
    fields: ['order', 'amount'],
    unique: ['order'],
  });
  expect((await run('sources', '--own')).stdout).toMatch(/shop +order +you +order, amount +An order was paid\n$/);
  await json('workspaces', 'create', 'team-a', '--open');
  expect(await json('workspaces', 'update', 'team-a', '--no-open', '--comment', 'ours')).toMatchObject({ open: false });
  expect((await run('audit', '--entity', 'workspaces')).stdout).toMatch(/update +workspaces team-a +comment, open/);
  expect(await json('workspaces', 'update', 'team-a', '--title', 'The A team')).toMatchObject({ title: 'The A team' });
  expect((await run('workspaces', 'list')).stdout).toMatch(/team-a +The A team +are refused/);
  expect(await json('workspaces', 'update', 'team-a', '--title', '')).toMatchObject({ title: null, comment: 'ours' });
  await json('workspaces', 'delete', 'team-a');
  await json('sources', 'delete', 'shop', 'order');
});

test('deliveries are told with the names of their hooks, resent by the number of a line, counted, retried and exported', async () => {
  receiver.answerWith(() => ({ status: 400, body: 'no' }));
  await json(
    'hooks',
    'create',
    '--source',
    'balancer',
    '--name',
    'health',
    '--to',
    receiver.url,
    '--set',
    'retry.schedule=[]',
  );
  const tail = startCommand(['deliveries', 'tail', '--hook', 'health', '--interactive'], { env, input: null });
  await waitFor(() => tail.stderr().includes('type the number'), patiently);
  expect((await run('trigger', 'balancer', 'health')).stdout).toMatch(/hook health {2}exhausted/);
  expect((await run('deliveries', '--hook', 'health')).stdout).toMatch(/balancer\/health +health +exhausted/);
  await waitFor(() => /1 {2}.*exhausted {2}400.*hook health/.test(tail.stdout()), patiently);
  receiver.answerWith(() => ({}));
  tail.write('1\n');
  await waitFor(() => /1 {2}.*succeeded {2}200.*hook health/.test(tail.stdout()), patiently);
  tail.write('q\n');
  expect((await tail.ended).code).toBe(0);

  expect(await json('deliveries', 'retry', '--hook', 'health', '--dry-run')).toMatchObject({
    found: [expect.any(String)],
  });
  const exported = await run('deliveries', 'export', '--hook', 'health');
  expect(exported.stderr).toContain('Exported 1 delivery.');
  const { id } = JSON.parse(exported.stdout);
  expect((await run('deliveries', 'get', id, '--curl')).stdout).toContain(`curl -X POST '${receiver.url}`);
  expect(await json('open', id)).toEqual({ url: `${installation.admin.url}/dashboard/deliveries/${id}` });
  expect(await run('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test('deliveries are found by what is in them, cancelled in bulk, and retried', async () => {
  receiver.answerWith(() => ({ status: 500 }));
  const hook = ['--source', 'balancer', '--name', 'patient', '--to', receiver.url, '--set', 'retry.schedule=["1h"]'];
  expect((await run('hooks', 'create', ...hook)).stdout).toContain('✓ The receiver took the ping.');
  const nobody = ['--source', 'oas-validation', '--to', `http://127.0.0.1:${await findFreePort()}/`];
  expect((await run('hooks', 'create', ...nobody)).stdout).toContain('! The receiver did not take the ping: ');
  await json('trigger', 'balancer', 'health', '--set', 'hostname=wanted.internal');
  await json('trigger', 'balancer', 'health', '--set', 'hostname=other.internal');
  const wanted = ['--hook', 'patient', '--search', 'WANTED', '--where', 'hostname=wanted.internal'];
  const [found, ...others] = await json('deliveries', ...wanted);
  expect([found, others]).toMatchObject([{ status: 'waiting' }, []]);
  expect(await json('deliveries', 'cancel', ...wanted)).toEqual({ cancelled: [found.id] });
  expect((await run('audit', '--entity', 'deliveries', '--limit', '1')).stdout).toMatch(/ cancel +1 delivery$/m);
  expect((await run('deliveries', 'get', found.id)).stdout).toMatch(/cancelled[\s\S]*hook patient/);
  receiver.answerWith(() => ({}));
  expect(await json('deliveries', 'retry', found.id)).toEqual({ retried: [found.id] });
  expect(await json('events', '--search', 'wanted.internal')).toMatchObject([{ event: 'health' }]);
  await waitFor(async () => (await json('deliveries', 'get', found.id)).status === 'succeeded', patiently);
});
