import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { type Installation, startInstallation } from '../../../tests/installation.ts';
import { findFreePort, startReceiver, waitFor } from '../../../tests/support/index.ts';
import { runCommand, startCommand } from './support/run-command.ts';

// Each command is a process of its own; a busy machine takes its time to start one.
jest.setTimeout(180_000);
const patiently = { timeoutMs: 120_000 };

let installation: Installation;
let env: Record<string, string>;
let dir: string;
beforeAll(async () => {
  installation = await startInstallation({ workers: 1 });
  env = { EVENTHOOKS_URL: installation.admin.url };
  dir = await mkdtemp(join(tmpdir(), 'eventhooks-command-'));
});
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

const run = (args: string[], input?: string) => runCommand(args, { env, ...(input !== undefined && { input }) });

/** Runs with --json, expects success, and reads the answer. */
async function json(args: string[], input?: string) {
  const { code, stdout, stderr } = await run([...args, '--json'], input);
  expect({ args, code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
}

test('F11 F12 files that begin with a byte-order mark are taken, and files that are no UTF-8 refused', async () => {
  const file = (name: string) => join(dir, name);
  const data = '{"2":1,"1":2,"n":7615917337495251231,"name":"Jürgen"}';
  const line = `{"source":"crud","event":"services","data":${data}}`;
  await writeFile(file('bom.json'), `\ufeff${data}`);
  await writeFile(file('bom.ndjson'), `\ufeff${line}\r\n\n${line}`);
  await writeFile(file('latin1.json'), Buffer.from(data, 'latin1'));
  await writeFile(file('latin1.ndjson'), Buffer.from(`${line}\n`, 'latin1'));
  await json(['trigger', 'crud', 'services', '--data', `@${file('bom.json')}`, '--no-wait']);
  expect(await json(['events', 'publish', file('bom.ndjson')])).toEqual({ published: 2, duplicates: 0 });
  const list = await fetch(`${installation.admin.url}/events?source=crud&event=services`);
  expect((await list.text()).split(`"data":${data},`)).toHaveLength(4);
  const { stdout } = await run(['events', 'list', '--source', 'crud', '--event', 'services', '--json']);
  expect(stdout.replaceAll(/\s/g, '').split(`"data":${data},`)).toHaveLength(4);
  for (const args of [
    ['trigger', 'crud', 'services', '--data', `@${file('latin1.json')}`],
    ['events', 'publish', file('latin1.ndjson')],
  ]) {
    expect(await run(args)).toMatchObject({ code: 2, stderr: expect.stringContaining('not UTF-8') });
  }
});

test('trigger changes, edits, and shows without publishing', async () => {
  const editor = join(dir, 'editor.sh');
  await writeFile(editor, '#!/bin/sh\nsed -i s/ada/linus/ "$1"\n', { mode: 0o755 });
  const args = [
    'trigger',
    'crud',
    'consumers:update',
    '--set',
    'entity.tags[0]=vip',
    '--set',
    'n=3',
    '--set',
    'large=7615917337495251231',
    '--edit',
    '--dry-run',
  ];
  const { code, stdout } = await runCommand(args, { env: { ...env, EDITOR: editor } });
  expect(code).toBe(0);
  expect(stdout).toContain('"large":7615917337495251231');
  expect(JSON.parse(stdout)).toMatchObject({
    source: 'crud',
    event: 'consumers:update',
    data: {
      operation: 'update',
      n: 3,
      entity: { username: 'linus', tags: ['vip'] },
      old_entity: {},
      schema: 'consumers',
    },
  });
  expect(await json(['events', '--event', 'consumers:update'])).toEqual([]);
});

test('trigger says who may listen where no hook fires, and tells a duplicate', async () => {
  const first = await run(['trigger', 'balancer', 'health', '--id', 'once']);
  expect(first.stdout).toContain('npx eventhooks listen balancer health');
  const again = await json(['trigger', 'balancer', 'health', '--id', 'once', '--no-wait']);
  expect(again.events).toEqual([{ id: expect.any(String), duplicate: true }]);
});

test('every event of the catalogue has a sample that the server takes', async () => {
  const { sampleOf } = await import('../src/samples/samples.ts');
  await installation.call('PUT', '/event-hooks/sources/shop/order', {
    schema: {
      type: 'object',
      required: ['order', 'amount', 'mail', 'lines'],
      additionalProperties: false,
      properties: {
        order: { type: 'string', minLength: 8 },
        amount: { type: 'integer', minimum: 5, multipleOf: 5 },
        mail: { type: 'string', format: 'email' },
        state: { enum: ['paid', 'open'] },
        lines: { type: 'array', minItems: 2, items: { $ref: '#/$defs/line' } },
      },
      $defs: { line: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' } } } },
    },
  });
  await installation.call('PUT', '/event-hooks/sources/shop/refund', { fields: ['order', 'reason'] });
  const { data } = (await installation.call('GET', '/event-hooks/sources')).body as {
    data: Record<string, Record<string, { fields: string[] }>>;
  };
  // The dispatcher alone publishes its own.
  const { eventhooks: _own, ...publishable } = data;
  const events = Object.entries(publishable).flatMap(([source, entries]) =>
    Object.entries(entries).map(([event, entry]) => {
      const sample = sampleOf(source, event, { ...entry });
      const missing = entry.fields.filter((field) => !(field in sample) && field !== 'old_entity');
      if (missing.length > 0) throw new Error(`${source}/${event} lacks ${missing.join(', ')}`);
      return { source, event, data: sample };
    }),
  );
  expect(events.length).toBeGreaterThan(250);
  // Own events have samples, too, for previews; nobody else may publish them.
  const published = events.filter(({ source }) => source !== 'eventhooks');
  const { status, body } = await installation.call('POST', '/events', published);
  expect({ status, message: body.message }).toEqual({ status: 202, message: undefined });
});

test('events publishes NDJSON once, lists it, and shows what became of it', async () => {
  await installation.createHook({ source: 'crud', event: 'snis', handler: 'log' });
  const lines = Array.from({ length: 1_200 }, (_, n) =>
    JSON.stringify({ source: 'crud', event: 'snis', data: { n }, id: `sni-${n}` }),
  );
  expect(await json(['events', 'publish', '--batch', '100'], lines.join('\n'))).toEqual({
    published: 1_200,
    duplicates: 0,
  });
  expect(await json(['events', 'publish'], lines.join('\n'))).toEqual({ published: 0, duplicates: 1_200 });
  const events = await json([
    'events',
    'list',
    '--source',
    'crud',
    '--event',
    'snis',
    '--limit',
    '1100',
    '--since',
    '1h',
  ]);
  expect(new Set(events.map(({ id }: { id: string }) => id)).size).toBe(1_100);
  const shown = await waitFor(async () => {
    const event = await json(['events', 'get', events[0].id]);
    return event.deliveries[0]?.status === 'succeeded' ? event : undefined;
  }, patiently);
  expect(shown).toMatchObject({ event: 'snis', deliveries: [{ status: 'succeeded' }] });
});

test('events publish checks every line before it publishes one, and a run that ended half-way is resumed', async () => {
  const good = '{"source":"crud","event":"vaults","data":{}}';
  const bad = '{"source":"crud","event":"vault","data":{}}';
  const before = await json(['events', '--event', 'vaults']);
  const checked = await run(['events', 'publish'], `${good}\n\n${bad}`);
  expect(checked.code).toBe(3);
  expect(checked.stderr).toMatch(
    /1 of 2 lines cannot be published, so nothing was published:\n {2}line 3: .*did you mean 'vaults'/,
  );
  expect(await run(['events', 'publish'], `${good}\n{"source":`)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/nothing was published:\n {2}line 2: /),
  });
  expect(await json(['events', '--event', 'vaults'])).toEqual(before);

  const streamed = await run(['events', 'publish', '--no-check'], `${good}\n${bad}`);
  expect(streamed.code).toBe(3);
  expect(streamed.stderr).toMatch(/1 event was not published, 1 of 2 were:\n {2}line 2: /);
  const [, resumed = ''] = /--resume (\S+)/.exec(streamed.stderr) ?? [];
  const again = ['events', 'publish', '--resume', resumed];
  expect(await json(again, `${good}\n${good}`)).toEqual({ published: 1, duplicates: 1 });
});

test('deliveries are listed, shown with their attempts, followed, and retried by a filter', async () => {
  const receiver = await startReceiver(() => ({ status: 500, body: 'broken' }));
  const hook = {
    source: 'crud',
    event: 'keys',
    handler: 'webhook',
    name: 'keys',
    config: { url: receiver.url, secret: 'x' },
  };
  const id = await installation.createHook({ ...hook, retry: { schedule: [] } });
  const tail = startCommand(['deliveries', 'tail', '--hook', 'keys', '--count', '2', '--json'], { env });
  await waitFor(() => tail.stderr().includes('Waiting'), patiently);
  await run(['trigger', 'crud', 'keys']);
  const [failed] = await json(['deliveries', '--hook', id, '--status', 'exhausted']);
  expect(failed).toMatchObject({ error_code: 'http_5xx', response_status: 500 });
  const shown = await run(['deliveries', 'get', failed.id]);
  expect(shown.stdout).toMatch(/exhausted[\s\S]*attempt 1[\s\S]*http_5xx[\s\S]*> POST http[\s\S]*< 500[\s\S]*< broken/);
  // Looking now and then, it may see the delivery under way before; but never its end after a retry only.
  await waitFor(() => tail.stdout().includes('"exhausted"'), patiently);

  receiver.answerWith(() => ({}));
  expect((await run(['deliveries', 'retry'])).code).toBe(2);
  expect(await json(['deliveries', 'retry', '--hook', 'keys', '--status', 'exhausted'])).toEqual({
    retried: [failed.id],
  });
  await waitFor(async () => (await json(['deliveries', '--hook', id]))[0].status === 'succeeded', patiently);
  const followed = (await tail.ended).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(followed.map((seen) => seen.id)).toEqual([failed.id, failed.id]);
  await receiver.close();
});

test('render shows what a stored hook and a file would send', async () => {
  const hook = {
    name: 'slack',
    source: 'crud',
    event: 'admins',
    handler: 'webhook-custom',
    config: {
      url: 'http://127.0.0.1/slack',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      payload: { text: '{{ entity.username }} {{ operation }}d' },
    },
  };
  await installation.createHook(hook);
  expect(await json(['render', 'slack'])).toMatchObject({ method: 'POST', body: '{"text":"ada created"}' });
  const filter = 'data.operation == "create"';
  await installation.createHook({ name: 'quiet', source: 'crud', event: 'admins', handler: 'log', filter });
  expect(await json(['render', 'quiet'])).toMatchObject({ filter: { verdict: 'passes' } });
  const url = 'http://127.0.0.1/batch';
  const batched = { name: 'many', source: 'crud', event: 'admins', handler: 'webhook', config: { url } };
  await installation.createHook({ ...batched, batch: { size: 2 } });
  expect(JSON.parse((await json(['render', 'many'])).body)).toEqual([expect.objectContaining({ event: 'admins' })]);
  const file = join(dir, 'render.yaml');
  await writeFile(file, JSON.stringify({ hooks: [hook] }));
  expect(await json(['render', '-f', file, '--set', 'entity.username=Grace'])).toMatchObject({
    body: '{"text":"Grace created"}',
  });
  const ofFile = {
    name: 'orders',
    source: 'shop-of-file',
    event: 'order',
    handler: 'webhook',
    config: { url: 'http://127.0.0.1/' },
  };
  const sources = { 'shop-of-file': { order: { fields: ['order', 'amount'] } } };
  await writeFile(file, JSON.stringify({ sources, hooks: [ofFile] }));
  const rendered = await json(['render', '-f', file]);
  expect(JSON.parse(rendered.body)).toMatchObject({ source: 'shop-of-file', order: 'a order', amount: 'a amount' });
  const { stdout } = await run(['render', 'slack', '--data', '{"entity":{"username":"x"},"operation":"delete"}']);
  expect(stdout).toMatch(/^POST http:\/\/127\.0\.0\.1\/slack[\s\S]*\{"text":"x deleted"\}\n$/);
});

test('sign and verify agree; a changed body, a wrong secret and an old time do not', async () => {
  const body = '{"a":1}';
  const headers = Object.entries<string>(await json(['sign', '--secret', 's3cret', '--id', 'msg_1'], body));
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const verify = (secret: string, text: string, given = lines) =>
    run(['verify', '--secret', secret, '-H', ...given, '--json'], text);
  expect(await verify('s3cret', body)).toMatchObject({ code: 0, stdout: expect.stringContaining('true') });
  expect(await verify('s3cret', `${body} `)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('signature_mismatch'),
  });
  expect((await verify('other', body)).code).toBe(1);
  const kong = lines.filter((line) => line.startsWith('x-kong-signature'));
  expect((await verify('s3cret', body, kong)).code).toBe(0);
  const old = Object.entries(await json(['sign', '--secret', 's3cret', '--timestamp', '1700000000'], body));
  expect(
    await verify(
      's3cret',
      body,
      old.map(([name, value]) => `${name}: ${value}`),
    ),
  ).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('timestamp_out_of_tolerance'),
  });
});

test('tokens are made, opened with, listed without their text, and deleted', async () => {
  const made = await run(['tokens', 'create', '--role', 'publisher', '--name', 'billing', '--expires-in', '90d']);
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^eh_\S+\n$/) });
  const listed = await json(['tokens']);
  expect(listed).toEqual([
    expect.objectContaining({ name: 'billing', role: 'publisher', expires_at: expect.any(Number) }),
  ]);
  const asPublisher = await runCommand(['hooks', '--token', made.stdout.trim()], { env });
  expect(asPublisher.code).toBe(3);
  const triggered = await runCommand(['trigger', 'crud', 'keys'], {
    env: { ...env, EVENTHOOKS_TOKEN: made.stdout.trim() },
  });
  expect(triggered.code).toBe(0);
  await json(['tokens', 'delete', listed[0].id]);
  expect(await json(['tokens'])).toEqual([]);
});

test('types make a publisher that TypeScript checks', async () => {
  await installation.call('PUT', '/event-hooks/sources/shop/paid', {
    description: 'An order was paid',
    schema: {
      type: 'object',
      required: ['order'],
      additionalProperties: false,
      properties: { order: { type: 'string' }, amount: { type: ['integer', 'null'] }, state: { enum: ['new', 'old'] } },
    },
  });
  const { stdout } = await run(['types', '--source', 'shop', 'balancer', 'dao:crud']);
  const project = await mkdtemp(join(dir, 'types-'));
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
  const program = (data: string) => `import { createPublisher } from '@eventhooks/client';
import type { Events } from './events.ts';
const publisher = createPublisher<Events>({ url: 'http://127.0.0.1:8001' });
await publisher.publish({ source: 'shop', event: 'paid', data: ${data} });
await publisher.publish({ source: 'balancer', event: 'health', data: { health: 'HEALTHY', more: 1 } });
`;
  await writeFile(join(project, 'package.json'), '{"type":"module"}');
  await writeFile(join(project, 'events.ts'), stdout);
  await writeFile(join(project, 'good.ts'), program(`{ order: '1', amount: 3, state: 'new' }`));
  await writeFile(join(project, 'wrong-type.ts'), program(`{ order: 1 }`));
  await writeFile(join(project, 'wrong-field.ts'), program(`{ order: '1', amonut: 1 }`));
  const config = JSON.parse(await readFile(join(root, 'tsconfig.base.json'), 'utf8'));
  const options = { ...config.compilerOptions, typeRoots: [join(root, 'node_modules/@types')] };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*.ts'] }));
  const tsc = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], {
    encoding: 'utf8',
  });
  const faulty = [...new Set(tsc.stdout.split('\n').flatMap((line) => /([\w-]+\.ts)\(/.exec(line)?.[1] ?? []))].sort();
  expect({ faulty, output: tsc.stdout }).toMatchObject({ faulty: ['wrong-field.ts', 'wrong-type.ts'] });
});

test('completion offers commands, options, and names that the server knows', async () => {
  const complete = async (...words: string[]) => (await run(['complete', '--', ...words])).stdout.trim().split('\n');
  expect(await complete('')).toContain('listen');
  expect(await complete('ho')).toEqual(['hooks']);
  expect(await complete('hooks', '')).toEqual(expect.arrayContaining(['list', 'get', 'apply', 'diff', 'delete']));
  expect(await complete('listen', '--for')).toEqual(['--forward-to']);
  // The names are left out where the server takes longer than a second.
  await waitFor(async () => (await complete('trigger', 'bal')).includes('balancer'), patiently);
  await waitFor(async () => (await complete('trigger', 'balancer', '')).includes('health'), patiently);
  for (const shell of ['bash', 'zsh', 'fish'])
    expect((await run(['completion', shell])).stdout).toContain('eventhooks complete');
  const script = (await run(['completion', 'bash'])).stdout;
  expect(spawnSync('bash', ['-n'], { input: script }).status).toBe(0);
});

test('exit codes and messages say whose fault it is', async () => {
  expect((await run(['--help'])).code).toBe(0);
  expect((await run(['nonsense'])).code).toBe(2);
  expect((await run(['trigger', 'crud'])).code).toBe(2);
  expect((await run(['trigger', 'crud', 'keys', '--set', 'x'])).code).toBe(2);
  expect(await run(['trigger', 'crud', 'consumrs'])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("did you mean 'consumers'?"),
  });
  expect((await run(['hooks', 'get', 'nobody'])).code).toBe(3);
  const url = `http://127.0.0.1:${await findFreePort()}`;
  expect(await run(['hooks', '--url', url])).toMatchObject({ code: 4, stderr: expect.stringContaining('npm start') });
});

test('colours are for terminals only, and NO_COLOR is followed', async () => {
  const args = ['verify', '--secret', 'x', '-H', 'a: b'];
  const plain = await run(args, '');
  expect(plain.stdout).not.toContain('\u001b');
  const forced = await runCommand(args, { env: { ...env, FORCE_COLOR: '1' } });
  expect(forced.stdout).toContain('\u001b[31m');
});
