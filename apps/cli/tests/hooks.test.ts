import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { type Installation, startInstallation } from '../../../tests/installation.ts';
import { runCommand } from './support/run-command.ts';

// Each command is a process of its own; a busy machine takes its time to start one.
jest.setTimeout(180_000);

let installation: Installation;
let dir: string;
let workspaces = 0;
let env: Record<string, string>;
beforeAll(async () => {
  installation = await startInstallation({ workers: 0 });
});
afterAll(() => installation[Symbol.asyncDispose]());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'eventhooks-hooks-'));
  workspaces += 1;
  const name = `team-${workspaces}`;
  await installation.call('POST', '/workspaces', { name });
  env = { EVENTHOOKS_URL: installation.admin.url, EVENTHOOKS_WORKSPACE: name, BILLING_SECRET: 's3cret-of-billing' };
});
afterEach(() => rm(dir, { recursive: true }));

const run = (...args: string[]) => runCommand(args, { env });
const list = async () =>
  (await installation.call('GET', `/${env.EVENTHOOKS_WORKSPACE}/event-hooks`)).body.data as Record<string, unknown>[];

async function declare(text: string, name = 'hooks.yaml'): Promise<string> {
  const file = join(dir, name);
  await writeFile(file, text);
  return file;
}

/** The steps done, from the plan that `--json` prints. */
async function actions(...args: string[]): Promise<Record<string, string>> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const steps = JSON.parse(stdout) as { label: string; action: string }[];
  return Object.fromEntries(steps.map(({ label, action }) => [label, action]));
}

const DECLARATION = `
sources:
  shop:
    order:
      description: An order was paid
      fields: [order, amount]
hooks:
  - name: billing
    source: shop
    event: order
    handler: webhook
    tags: [managed]
    config:
      url: http://127.0.0.1/billing
      secret: !env BILLING_SECRET
  - name: triage
    source: shop
    handler: lambda
    tags: [managed]
    config:
      language: javascript
      functions:
        - !file triage.js
  - { name: audit, source: crud, handler: log, snooze: 60 }
`;

test('apply makes what is declared, and a second time changes nothing', async () => {
  await writeFile(join(dir, 'triage.js'), 'return (data) => data.order;\n');
  const file = await declare(DECLARATION);
  const wanted = { 'shop/order': 'create', billing: 'create', triage: 'create', audit: 'create' };
  expect(await actions('hooks', 'apply', '-f', file, '--dry-run')).toEqual(wanted);
  expect(await list()).toEqual([]);
  expect(await actions('hooks', 'apply', '-f', file)).toEqual(wanted);
  const unchanged = { 'shop/order': 'unchanged', billing: 'unchanged', triage: 'unchanged', audit: 'unchanged' };
  expect(await actions('hooks', 'apply', '-f', file)).toEqual(unchanged);
  expect((await run('hooks', 'diff', '-f', file)).code).toBe(0);
  const hooks = new Map((await list()).map((hook) => [hook.name, hook]));
  expect(hooks.get('billing')).toMatchObject({ config: { secret: 's3cret-of-billing' } });
  expect(hooks.get('triage')).toMatchObject({ config: { functions: ['return (data) => data.order;\n'] } });
});

test('F1 F2 a payload in a file keeps its numbers and the order of its keys', async () => {
  const payload = 'payload: { 2: 136.0, 1: [7615917337495251231, { b: 1e400, 0x10: 0x10 }], "0": 5 }';
  const config = `config: { url: http://127.0.0.1/, method: POST, ${payload} }`;
  const file = await declare(`- { name: exact, source: crud, handler: webhook-custom, ${config} }`);
  expect(await actions('hooks', 'apply', '-f', file)).toEqual({ exact: 'create' });
  expect(await actions('hooks', 'apply', '-f', file)).toEqual({ exact: 'unchanged' });
  const { stdout } = await run('hooks', 'get', 'exact', '--json');
  expect(stdout.replaceAll(/\s/g, '')).toContain(
    '"payload":{"2":136.0,"1":[7615917337495251231,{"b":1e400,"16":16}],"0":5}',
  );
});

test('diff shows each field that differs, secrets hidden; apply updates those hooks only, in place', async () => {
  await writeFile(join(dir, 'triage.js'), 'return (data) => data;\n');
  const file = await declare(DECLARATION);
  await actions('hooks', 'apply', '-f', file);
  const before = await list();
  env.BILLING_SECRET = 'another-secret';
  await declare(DECLARATION.replace('snooze: 60', 'snooze: null, on_change: true'));
  const { code, stdout } = await run('hooks', 'diff', '-f', file);
  expect(code).toBe(1);
  expect(stdout).toContain('snooze: 60 → null');
  expect(stdout).toContain('on_change: null → true');
  expect(stdout).toContain('config.secret: "(hidden)" → "(hidden, another)"');
  expect(stdout).not.toMatch(/s3cret|another-secret/);
  expect(await actions('hooks', 'apply', '-f', file)).toMatchObject({
    billing: 'update',
    triage: 'unchanged',
    audit: 'update',
  });
  expect((await list()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
});

test('what a file leaves out stays as the server has it, and null asks for the default', async () => {
  const workspace = `/${env.EVENTHOOKS_WORKSPACE}`;
  const schema = { type: 'object', properties: { order: { type: 'string' } } };
  const order = { description: 'Paid', fields: ['order', 'amount'], unique: ['order'], schema };
  await installation.call('PUT', `${workspace}/event-hooks/sources/shop/order`, order);
  const config = { url: 'http://127.0.0.1/billing', secret: 'kept', headers: { 'x-team': 'a' } };
  const hook = {
    name: 'billing',
    source: 'shop',
    event: 'order',
    handler: 'webhook',
    snooze: 60,
    enabled: false,
    config,
  };
  await installation.call('POST', `${workspace}/event-hooks`, hook);
  const file = await declare(`
sources: { shop: { order: { description: An order was paid, fields: [order, amount] } } }
hooks: [{ name: billing, source: shop, handler: webhook, config: { url: http://127.0.0.1/billing } }]
`);
  expect(await actions('hooks', 'apply', '-f', file)).toEqual({ 'shop/order': 'update', billing: 'unchanged' });
  const read = async () => (await installation.call('GET', `${workspace}/event-hooks/sources/shop/order`)).body.data;
  expect(await read()).toEqual({ ...order, description: 'An order was paid' });
  await declare(`
sources: { shop: { order: { unique: null } } }
hooks: [{ name: billing, source: shop, handler: webhook, snooze: null, config: { secret: null } }]
`);
  expect(await actions('hooks', 'apply', '-f', file)).toEqual({ 'shop/order': 'update', billing: 'update' });
  expect(await read()).toEqual({ description: 'An order was paid', fields: order.fields, schema });
  expect((await list())[0]).toMatchObject({
    event: 'order',
    snooze: null,
    enabled: false,
    config: { ...config, secret: null },
  });
});

test('prune deletes hooks with the tag that nobody declares, and no others', async () => {
  await writeFile(join(dir, 'triage.js'), 'return (data) => data;\n');
  const file = await declare(DECLARATION);
  await actions('hooks', 'apply', '-f', file);
  const rest = await declare('hooks: [{ name: triage, source: crud, handler: log, tags: [managed] }]', 'rest.yaml');
  expect(await actions('hooks', 'apply', '-f', rest, '--prune', 'managed')).toEqual({
    triage: 'update',
    billing: 'delete',
  });
  expect((await list()).map(({ name }) => name).sort()).toEqual(['audit', 'triage']);
});

test('JSON, several files, directories and ids are taken', async () => {
  const id = '6a1b2c3d-0000-4000-8000-000000000009';
  await declare(JSON.stringify([{ id, source: 'crud', handler: 'log' }]), 'a.json');
  await declare(
    'hooks:\n- { name: b, source: crud, handler: log }\n---\nhooks:\n- { name: c, source: crud, handler: log }\n',
    'b.yml',
  );
  await declare('not ours', 'notes.txt');
  expect(await actions('hooks', 'apply', '-f', dir)).toEqual({ [id]: 'create', b: 'create', c: 'create' });
  expect(await actions('hooks', 'apply', '-f', dir)).toEqual({ [id]: 'unchanged', b: 'unchanged', c: 'unchanged' });
});

test('faults of files are told all at once, and nothing is changed', async () => {
  const file = await declare(`
hooks:
  - { name: good, source: crud, handler: log }
  - { name: bad, source: crudd, handler: log, sneeze: 1 }
  - { name: worse, source: crud, handler: webhook }
`);
  const { code, stderr } = await run('hooks', 'apply', '-f', file);
  expect(code).toBe(2);
  expect(stderr).toMatch(/bad: [\s\S]*did you mean 'crud'\?/);
  expect(stderr).toMatch(/worse: [\s\S]*config.url: required field missing/);
  expect(await list()).toEqual([]);
});

test.each([
  ['a hook without name and id', 'hooks: [{ source: crud, handler: log }]', 'needs a name or an id'],
  [
    'a name twice',
    'hooks: [{ name: a, source: crud, handler: log }, { name: a, source: crud, handler: log }]',
    'declared twice',
  ],
  ['a field that is none', 'hoks: []', 'unknown field hoks'],
  ['broken YAML', 'hooks: [', 'hooks.yaml: '],
  ['a variable that is not set', 'hooks: [{ name: !env NOT_SET_ANYWHERE }]', 'NOT_SET_ANYWHERE is not set'],
  ['a file that is not there', 'hooks: [{ name: !file nowhere.lua }]', 'ENOENT'],
])('%s is told with its file', async (_, text, message) => {
  const { code, stderr } = await run('hooks', 'apply', '-f', await declare(text));
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
});

test('what only the server can refuse stops there and says how far it came', async () => {
  const file = await declare(`
hooks:
  - { name: first, source: crud, handler: log }
  - { name: second, source: crud, handler: lambda, config: { functions: ["not lua at all"] } }
`);
  const { code, stderr } = await run('hooks', 'apply', '-f', file);
  expect(code).toBe(3);
  expect(stderr).toMatch(/hook second: [\s\S]*1 step before it is done/);
  expect((await list()).map(({ name }) => name)).toEqual(['first']);
});

test('two hooks of one name on the server are not guessed between', async () => {
  const path = `/${env.EVENTHOOKS_WORKSPACE}/event-hooks`;
  const hook = { name: 'twin', source: 'crud', handler: 'log' };
  await installation.call('POST', path, hook);
  await installation.call('POST', path, hook);
  const applied = await run('hooks', 'apply', '-f', await declare(JSON.stringify([hook])));
  expect(applied).toMatchObject({ code: 2, stderr: expect.stringContaining('2 hooks of this name') });
  expect((await run('hooks', 'delete', 'twin')).code).toBe(3);
});

test('hooks are listed as a table, got and deleted by name', async () => {
  await actions(
    'hooks',
    'apply',
    '-f',
    await declare('hooks: [{ name: audit, source: crud, handler: log, snooze: 60 }]'),
  );
  const { stdout } = await run('hooks');
  expect(stdout).toMatch(/^ID +NAME +HANDLER[\s\S]*audit +log +crud\/\* +once per 60 s/);
  expect(JSON.parse((await run('hooks', 'get', 'audit')).stdout)).toMatchObject({ name: 'audit', snooze: 60 });
  expect((await run('hooks', 'delete', 'audit')).code).toBe(0);
  expect(await list()).toEqual([]);
});

test('a hook tells how it is doing, and gets a new secret while the old one still signs', async () => {
  const file = await declare(DECLARATION.replace(/ {2}- name: triage[\s\S]*triage.js\n/, ''));
  await actions('hooks', 'apply', '-f', file);
  const status = await run('hooks', 'status', 'billing');
  expect(status).toMatchObject({ code: 0, stdout: 'enabled\ncircuit breaker closed\n0 deliveries wait\n' });
  expect((await run('hooks', 'pause', 'billing')).code).toBe(0);
  expect((await run('hooks', 'status', 'billing')).stdout).toMatch(/^paused\n/);
  expect((await run('hooks')).stdout).toMatch(/billing .* paused /);
  expect((await run('hooks', 'resume', 'billing')).code).toBe(0);
  const rotated = await run('hooks', 'rotate-secret', 'billing', '--grace-period', '1h');
  expect(rotated).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whsec_\S+\n$/) });
  const [hook] = (await list()).filter(({ name }) => name === 'billing');
  expect(hook?.config).toMatchObject({ secret: rotated.stdout.trim() });
  expect((await run('hooks', 'rotate-secret', 'billing', '--grace-period', 'long')).code).toBe(2);
});
