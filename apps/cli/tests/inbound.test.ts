import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INBOUND_PRESETS, type InboundPreset } from '@eventhooks/contract';
import { PRESETS, type Preset } from '@eventhooks/inbound/senders';
import { jest } from '@jest/globals';
import { type Installation, startInstallation } from '../../../tests/installation.ts';
import { type Receiver, startReceiver, waitFor } from '../../../tests/support/index.ts';
import { CommandFailure } from '../src/exit-codes.ts';
import { buildProgram } from '../src/program.ts';

jest.setTimeout(120_000);

const token = 'the-admin-token-of-this-test';
let installation: Installation;
let receiver: Receiver;
let dir: string;
beforeAll(async () => {
  receiver = await startReceiver();
  installation = await startInstallation({ workers: 1, env: { EVENTHOOKS_ADMIN_TOKEN: token } });
  dir = await mkdtemp(join(tmpdir(), 'eventhooks-inbound-'));
}, 120_000);
afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await receiver.close();
  await rm(dir, { recursive: true });
});

interface End {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command within this process: a process of its own for each of so many takes too long. */
async function run(...args: string[]): Promise<End> {
  const end = { code: 0, stdout: '', stderr: '' };
  const keep = (stream: 'stdout' | 'stderr') =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      end[stream] += String(text);
      return true;
    });
  const spies = [keep('stdout'), keep('stderr')];
  try {
    const program = buildProgram();
    await program.parseAsync(['node', 'eventhooks', '--url', installation.admin.url, '--token', token, ...args]);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    end.code = error.exitCode;
    end.stderr += error.message;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return end;
}

async function json(...args: string[]) {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

const page = await readFile(new URL('../../../docs/inbound-presets.md', import.meta.url), 'utf8');

/** The page's section that makes an endpoint of the preset. */
function sectionOf(preset: InboundPreset): string {
  const found = page.split(/^## /m).find((section) => section.includes(`eventhooks inbound create ${preset} `));
  if (found === undefined) throw new Error(`the page has no section for ${preset}`);
  return found;
}

const nameOf = ({ source, event }: { source: string; event: string }): string => `${source} ${event}`;
const commandsOf = (section: string) =>
  [...section.matchAll(/^eventhooks (.+)$/gm)].map(([, command = '']) => command.split(' '));

describe.each(INBOUND_PRESETS)("the page's section on %s", (name) => {
  const preset: Preset = PRESETS[name];
  const section = sectionOf(name);

  test('has the steps, configuration and samples of the preset, and its commands make an endpoint that takes them; each event is delivered', async () => {
    const [create = [], ...trials] = commandsOf(section);
    const fill = (text: string) =>
      text.replaceAll('{url}', `http://localhost:8001/in/${name}`).replaceAll('{secret}', create.at(-1) ?? '');
    for (const step of [...preset.setup.steps, preset.setup.snippet ?? '']) expect(section).toContain(fill(step));
    expect(section).toContain(preset.documentation);
    expect(trials.map((trial) => trial.at(-1))).toEqual(Object.keys(preset.samples));

    const { code, stdout } = await run(...create);
    expect(code).toBe(0);
    expect(stdout).toContain(`${installation.admin.url}/in/${name}`);
    for (const step of preset.setup.steps.filter((one) => !one.includes('{'))) expect(stdout).toContain(step);
    const events = Object.values(preset.samples).flatMap((sample) => sample.events);
    const [first] = events;
    if (Object.hasOwn(preset.catalogue, '*')) await json('sources', 'set', first?.source ?? '', first?.event ?? '');
    await json('hooks', 'create', '--source', first?.source ?? '', '--to', `${receiver.url}/${name}`);
    for (const trial of trials) {
      const sample = preset.samples[trial.at(-1) ?? ''];
      const { status, answer } = await json(...trial);
      expect(status).toBe(202);
      const receipts: { id: string }[] = answer.data ?? [answer];
      expect(receipts).toHaveLength(sample?.events.length ?? 0);
      expect(await json('events', 'get', receipts[0]?.id ?? '')).toMatchObject({
        source: sample?.events[0]?.source,
        event: sample?.events[0]?.event,
      });
    }
    const arrived = () => receiver.requests.filter(({ url }) => url === `/${name}`);
    await waitFor(() => arrived().length >= events.length);
    const names = arrived().map(({ body }) => nameOf(JSON.parse(body.toString())));
    expect(names.toSorted()).toEqual(events.map(nameOf).toSorted());
  });
});

test('an endpoint is made, listed, shown, changed, tried, disabled and deleted', async () => {
  const created = await json('inbound', 'create', 'github', '--name', 'forge', '--rate-limit', '50/100');
  expect(created).toMatchObject({ name: 'forge', rate_limit: { rate: 50, burst: 100 } });
  const [secret] = created.verify.secrets;
  expect(secret).toMatch(/^[\w-]{43}$/);
  const changed = await json('inbound', 'update', 'forge', '--add-secret', 'newer', '--set', `map.event='x'`);
  expect(changed).toMatchObject({ verify: { secrets: ['newer', secret] }, map: { event: "'x'" } });
  await json('inbound', 'update', 'forge', '--set', 'map.event=null', '--rate-limit', 'none');
  expect((await run('inbound', 'list')).stdout).toMatch(/forge +github +hmac +http:\S+\/in\/forge +enabled/);
  const shown = await run('inbound', 'show', 'forge');
  expect(JSON.parse(shown.stdout)).toMatchObject({ rate_limit: null });
  expect(shown.stderr).toContain('Secret: newer');

  const trial = ['inbound', 'test', 'forge', '--sample', 'push', '--header', 'X-GitHub-Delivery: of-forge'];
  expect((await run(...trial)).stdout).toMatch(/^Answered 202\. Events:\n {2}[\da-f-]{36}$/m);
  expect((await run(...trial)).stdout).toContain('published before');
  const wrong = await run(...trial, '--header', `x-hub-signature-256: sha256=${'0'.repeat(64)}`);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('eventhooks inbound rejections forge') });
  expect((await run('inbound', 'rejections', 'forge')).stdout).toMatch(
    /401 +the signature in x-hub-signature-256 fits/,
  );

  await json('inbound', 'disable', 'forge');
  expect((await run(...trial)).code).toBe(1);
  await json('inbound', 'enable', 'forge');
  expect((await run(...trial)).code).toBe(0);
  expect(await json('inbound', 'delete', 'forge')).toEqual({ deleted: ['forge'] });
  expect((await run('inbound', 'show', 'forge')).code).toBe(3);
});

test('presets are listed, and wrong names and missing secrets are told before anything is made', async () => {
  expect((await run('inbound', 'presets')).stdout).toMatch(/github +hmac +push, issue-opened/);
  expect((await run('inbound', 'presets', 'alertmanager')).stdout).toContain('send_resolved: true');
  expect(await run('inbound', 'presets', 'githup')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('gitlab'),
  });
  expect(await run('inbound', 'create', 'githup')).toMatchObject({ code: 2 });
  const stripe = await run('inbound', 'create', 'stripe', '--name', 'pay');
  expect(stripe).toMatchObject({ code: 2, stderr: expect.stringContaining('Reveal the signing secret') });
  expect(await run('inbound', 'test', 'github', '--sample', 'pull')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('push, issue-opened'),
  });
});

async function declare(text: string): Promise<string> {
  const file = join(dir, 'inbound.yaml');
  await writeFile(file, text);
  return file;
}

async function actions(...args: string[]): Promise<Record<string, string>> {
  const steps: { label: string; action: string }[] = await json(...args);
  return Object.fromEntries(steps.map(({ label, action }) => [label, action]));
}

test('a secret is made only where one is wanted, and the sender can take it', async () => {
  const open = await json('inbound', 'create', 'generic', '--name', 'open', '--set', 'verify.scheme=none');
  expect(open.verify).toEqual({ scheme: 'none' });
  const stripe = await run('inbound', 'create', 'stripe', '--name', 'tolerant', '--set', 'verify.tolerance=60');
  expect(stripe).toMatchObject({ code: 2, stderr: expect.stringContaining('The sender makes the secret') });
  await run('inbound', 'delete', 'open');
});

test('a viewer may not export secrets', async () => {
  await run('inbound', 'create', 'github', '--name', 'seen', '--secret', 'a secret of github');
  const viewer = await json('tokens', 'create', '--role', 'viewer');
  const exported = await run('--token', viewer.token, 'hooks', 'export', '--with-secrets');
  expect(exported).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('may not see secrets') });
  await run('inbound', 'delete', 'seen');
});

test('files declare endpoints: apply makes them, changes only what is declared, and a second time nothing', async () => {
  process.env.FORGE_SECRET = 'from the environment';
  const declaration = `
inbound:
  - name: declared
    preset: github
    tags: [from-files]
    rate_limit: { rate: 10, burst: 20 }
    verify: { secrets: [!env FORGE_SECRET] }
    map: { id: null }
  - name: open
    verify: { scheme: none }
    map: { source: "'open'", event: "'x'" }
`;
  const file = await declare(declaration);
  expect(await actions('hooks', 'apply', '-f', file)).toEqual({ declared: 'create', open: 'create' });
  expect(await actions('hooks', 'apply', '-f', file)).toEqual({ declared: 'unchanged', open: 'unchanged' });
  await json('inbound', 'update', 'declared', '--set', `map.event='kept'`, '--set', 'enabled=false');
  expect(await actions('hooks', 'diff', '-f', file)).toMatchObject({ declared: 'unchanged' });

  process.env.FORGE_SECRET = 'another';
  await declare(`
inbound: [{ name: declared, preset: gitlab, verify: { secrets: [!env FORGE_SECRET], header: x-other }, rate_limit: null }]
`);
  const diff = await run('hooks', 'diff', '-f', file);
  expect(diff.code).toBe(1);
  expect(diff.stdout).toContain('verify.header: "x-hub-signature-256" → "x-other"');
  expect(diff.stdout).toContain('verify.secrets: "(hidden)" → "(hidden, another)"');
  expect(diff.stdout).not.toMatch(/from the environment|another"?\]/);
  expect(await actions('hooks', 'apply', '-f', file, '--prune', 'from-files')).toEqual({ declared: 'update' });
  expect(await json('inbound', 'show', 'declared')).toMatchObject({
    preset: 'gitlab',
    enabled: false,
    rate_limit: null,
    tags: ['from-files'],
    verify: { scheme: 'token', header: 'x-other', secrets: ['another'] },
    map: { source: "'gitlab'", event: "'kept'" },
  });
  expect(await actions('hooks', 'apply', '-f', file)).toEqual({ declared: 'unchanged' });
});

test('what is exported is applied elsewhere without a change, with variables in place of secrets', async () => {
  const { stdout, stderr } = await run('hooks', 'export', '--tags', 'from-files');
  expect(stdout).toContain('!env DECLARED_SECRET');
  expect(stdout).not.toContain('another');
  expect(stdout).not.toContain('object_kind');
  expect(stderr).toContain('DECLARED_SECRET');
  process.env.DECLARED_SECRET = 'another';
  const file = await declare(stdout);
  expect(await actions('hooks', 'diff', '-f', file)).toEqual({ declared: 'unchanged' });
  await json('inbound', 'delete', 'declared');
  await actions('hooks', 'apply', '-f', file);
  expect(await json('inbound', 'show', 'declared')).toMatchObject({ enabled: false, map: { event: "'kept'" } });
  const rest = await declare('hooks: []');
  expect(await actions('hooks', 'apply', '-f', rest, '--prune', 'from-files')).toEqual({ declared: 'delete' });
});

test('faults of a file are told together, by endpoint and field, and nothing is made', async () => {
  const file = await declare(`
inbound:
  - { name: one, preset: githup }
  - { name: two, preset: github, verify: { secretz: [x] } }
  - { name: three, preset: github }
`);
  const { code, stderr } = await run('hooks', 'apply', '-f', file);
  expect(code).toBe(2);
  expect(stderr).toMatch(/inbound one: .*preset: expected one of/);
  expect(stderr).toMatch(/inbound two: .*verify.secretz: unknown field/);
  expect(stderr).toMatch(/inbound three: .*verify.secrets: required field missing/);
  const names = (await json('inbound', 'list')).map(({ name }: { name: string }) => name);
  expect(names).not.toContain('three');
});

test('tokens and workspaces are given limits, and lose them again', async () => {
  const created = await json('tokens', 'create', '--role', 'publisher', '--rate-limit', '5');
  expect(created.rate_limit).toBe(5);
  const changed = await json('tokens', 'update', created.id, '--rate-limit', '5/20', '--name', 'shop');
  expect(changed).toMatchObject({ rate_limit: { rate: 5, burst: 20 }, name: 'shop' });
  expect((await run('tokens', 'list')).stdout).toMatch(/shop +publisher +all +5\/20/);
  expect((await json('tokens', 'update', created.id, '--rate-limit', 'none')).rate_limit).toBeNull();
  expect((await json('workspaces', 'create', 'limited', '--rate-limit', '9')).rate_limit).toBe(9);
  expect((await json('workspaces', 'update', 'limited', '--rate-limit', 'none')).rate_limit).toBeNull();
});
