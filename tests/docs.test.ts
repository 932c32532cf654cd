import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sign } from '@eventhooks/client';
import { jest } from '@jest/globals';
import { buildOpenApi } from '../apps/admin/src/openapi/build.ts';
import { buildProgram } from '../apps/cli/src/program.ts';
import { type Installation, startInstallation } from './installation.ts';
import { findFreePort, waitFor } from './support/index.ts';
import { childEnvironment, currentTestRun } from './support/test-run.ts';

/** Runs the examples of the docs, so that they stay right. The word after a block's language says how to run it. */
jest.setTimeout(300_000);
const patiently = { timeoutMs: 120_000 };

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...(await readdir(join(root, 'docs'))).filter(isPage).map((name) => `docs/${name}`),
];

let installation: Installation;
let dir: string;
/** No process listens there. */
let closedPort: number;
beforeAll(async () => {
  installation = await startInstallation({ workers: 1 });
  closedPort = await findFreePort();
  dir = await mkdtemp(join(tmpdir(), 'eventhooks-docs-'));
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'));
  await writeFile(join(dir, 'package.json'), '{"type":"module"}');
});
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

function isPage(name: string): boolean {
  return name.endsWith('.md');
}

function readPage(name: string): Promise<string> {
  return readFile(join(root, name), 'utf8');
}

interface Block {
  language: string;
  label: string;
  code: string;
}

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^( *)```(\w+)(?: ([^\n]+))?\n([\s\S]*?)^ *```$/gm)].map(
    ([, , language = '', label = '', code = '']) => ({
      language,
      label,
      code,
    }),
  );
}

/** The code with this installation's addresses in place of those of `npm start`. */
function here(code: string): string {
  return code
    .replaceAll('http://127.0.0.1:8001', installation.admin.url)
    .replaceAll('http://127.0.0.1:8002', installation.workers[0]?.url ?? '')
    .replaceAll('https://hooks.slack.com', `http://127.0.0.1:${closedPort}`)
    .replaceAll('127.0.0.1:9000', `127.0.0.1:${closedPort}`);
}

async function block(page: string, language: string, label: string): Promise<string> {
  const found = blocksOf(await readPage(page)).find((one) => one.language === language && one.label === label);
  if (!found) throw new Error(`${page} has no block '${language} ${label}'`);
  return here(found.code);
}

const environment = () => childEnvironment(currentTestRun().dir);

async function runProgram(
  command: string,
  args: string[],
): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(command, args, { cwd: dir, env: { ...environment(), EVENTHOOKS_URL: installation.admin.url } });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, output, errors };
}

const PRELUDE = `set -euo pipefail
curl() { command curl --fail-with-body "$@"; }
npx() { shift; ${process.execPath} ${root}apps/cli/bin/eventhooks.mjs "$@"; }
`;

test.each(['publishing', 'handlers', 'verifying-signatures', 'moving-from-kong', 'getting-started'])(
  'each shell block of %s.md runs',
  async (page) => {
    const blocks = blocksOf(await readPage(`docs/${page}.md`));
    const scripts = blocks.filter(({ language, label }) => language === 'sh' && label === '');
    expect(scripts.length).toBeGreaterThan(0);
    for (const { label, code } of blocks) if (label.endsWith('.yaml')) await writeFile(join(dir, label), here(code));
    for (const { code } of scripts) {
      const { code: status, output, errors } = await runProgram('bash', ['-c', PRELUDE + here(code)]);
      expect({ page, code, status, output, errors }).toMatchObject({ status: 0 });
    }
  },
);

test('each curl block of the README runs', async () => {
  const scripts = blocksOf(await readPage('README.md')).filter(({ code }) =>
    code.startsWith('curl -s http://127.0.0.1:8001'),
  );
  expect(scripts).toHaveLength(2);
  for (const { code } of scripts) {
    const { code: status, output, errors } = await runProgram('bash', ['-c', PRELUDE + here(code)]);
    expect({ code, status, output, errors }).toMatchObject({ status: 0 });
  }
});

test('what getting started says of the failing delivery is so', async () => {
  const { body } = await installation.call('GET', '/event-hooks');
  const hook = body.data.find(({ name }: { name: string }) => name === 'orders');
  const delivery = await waitFor(async () => {
    const deliveries = await installation.call('GET', `/deliveries?hook=${hook.id}`);
    return deliveries.body.data.find(({ attempt_count }: { attempt_count: number }) => attempt_count > 0);
  }, patiently);
  expect(delivery).toMatchObject({ status: 'waiting', error_code: 'connect_refused' });
});

/** The command for a program in each language. */
const LANGUAGES = {
  ts: { command: process.execPath, args: [], file: 'program.ts' },
  python: { command: 'python3', args: [], file: 'program.py' },
  go: { command: 'go', args: ['run'], file: 'program.go' },
} as const;
type Language = keyof typeof LANGUAGES;

function isInstalled(language: Language): boolean {
  const { command } = LANGUAGES[language];
  return spawnSync(command, [language === 'go' ? 'version' : '--version']).status === 0;
}

const languages = (Object.keys(LANGUAGES) as Language[]).filter(isInstalled);

async function writeProgram(language: Language, code: string): Promise<[string, string[]]> {
  const { command, args, file } = LANGUAGES[language];
  const folder = await mkdtemp(join(dir, 'program-'));
  await writeFile(join(folder, file), code);
  return [command, [...args, join(folder, file)]];
}

test.each(languages)('the publisher in %s publishes', async (language) => {
  const { code, output, errors } = await runProgram(
    ...(await writeProgram(language, await block('docs/publishing.md', language, 'publisher'))),
  );
  expect({ code, errors }).toMatchObject({ code: 0 });
  const { status, body } = await installation.call('GET', `/events/${output.trim()}`);
  expect({ status, event: body.event, data: body.data }).toMatchObject({
    status: 200,
    event: 'consumers',
    data: { operation: 'create' },
  });
});

/** Runs a program that listens on PORT until the test has asked it. */
async function withReceiver<T>(
  language: Language,
  code: string,
  secret: string,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const port = await findFreePort();
  const [command, args] = await writeProgram(language, code);
  // In a process group of its own, because `go run` starts the built program as a child.
  const child = spawn(command, args, {
    env: { ...environment(), PORT: String(port), SECRET: secret },
    stdio: 'ignore',
    detached: true,
  });
  const ended = once(child, 'close');
  try {
    const url = `http://127.0.0.1:${port}/`;
    await waitFor(async () => {
      if (child.exitCode !== null) throw new Error('the receiver ended');
      await (await fetch(url)).body?.cancel();
      return true;
    }, patiently);
    return await use(url);
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
  }
}

const bodyText = '{"text":"Grüße","event":"consumers","source":"crud"}';
const signed = (secret: string, timestampSeconds = Math.floor(Date.now() / 1000)) =>
  sign({ id: 'msg_1', timestampSeconds, body: bodyText, secret });

async function post(url: string, headers: Record<string, string>, body = bodyText): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { ...headers, 'content-type': 'application/json' },
  });
  await response.body?.cancel();
  return response.status;
}

const secrets = ['s3cret', `whsec_${Buffer.alloc(24, 7).toString('base64')}`, 'whsec_not base64!'];

test.each(languages)('the receiver in %s lets in what is signed, and nothing else', async (language) => {
  const code = await block('docs/verifying-signatures.md', language, 'receiver');
  for (const secret of language === 'go' ? secrets.slice(1, 2) : secrets) {
    await withReceiver(language, code, secret, async (base) => {
      const url = `${base}in`;
      const headers = signed(secret);
      const statuses = [
        await post(url, signed(secret)),
        await post(url, { ...headers, 'webhook-signature': `v1,AAAA ${headers['webhook-signature']}` }),
        await post(url, signed(secret), `${bodyText} `),
        await post(url, signed('another')),
        await post(url, signed(secret, Math.floor(Date.now() / 1000) - 600)),
        await post(url, {}),
      ];
      expect({ language, secret, statuses }).toMatchObject({ statuses: [204, 204, 401, 401, 401, 401] });
    });
  }
});

test('the fetch handler lets in what is signed, and nothing else', async () => {
  const code = await block('docs/verifying-signatures.md', 'ts', 'fetch-handler');
  const driver = `
import handler from './handler.ts';
const requests = JSON.parse(process.argv[2]);
const statuses = [];
console.log = () => undefined;
for (const headers of requests) {
  const request = new Request('http://localhost/', { method: 'POST', body: process.argv[3], headers });
  statuses.push((await handler.fetch(request)).status);
}
process.stdout.write(JSON.stringify(statuses));
`;
  await writeFile(join(dir, 'handler.ts'), code.replace("process.env.SECRET ?? ''", "'s3cret'"));
  await writeFile(join(dir, 'driver.ts'), driver);
  const requests = JSON.stringify([signed('s3cret'), signed('another')]);
  const { output, errors } = await runProgram(process.execPath, [join(dir, 'driver.ts'), requests, bodyText]);
  expect({ errors, output }).toMatchObject({ output: '[204,401]' });
});

test('the bridge publishes what a Kong hook sends, and lets nobody else in', async () => {
  const code = await block('docs/moving-from-kong.md', 'ts', 'bridge');
  await withReceiver('ts', code, 's3cret', async (base) => {
    // Our webhooks are like Kong's, so a hook of ours stands in for the gateway's.
    await installation.createHook({
      source: 'balancer',
      event: 'health',
      handler: 'webhook',
      config: { url: `${base}from-kong`, secret: 's3cret' },
    });
    expect(await post(`${base}from-kong`, signed('another'))).toBe(401);
    const data = { hostname: 'a', health: 'UNHEALTHY' };
    const { body } = await installation.call('POST', '/events', { source: 'balancer', event: 'health', data });
    const again = await waitFor(async () => {
      const events = await installation.call('GET', '/events?source=balancer&event=health');
      return events.body.data.find(({ id }: { id: string }) => id !== body.id);
    }, patiently);
    expect(again.data).toEqual(data);
  });
});

test('every path that the docs name with its method is one of the API', async () => {
  const paths = Object.entries(buildOpenApi().paths ?? {}).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`),
  );
  const known = new Set([...paths, 'GET /docs', 'GET /openapi.json', 'GET /healthz', 'GET /readyz', 'GET /metrics']);
  for (const page of pages) {
    for (const [, method = '', path = ''] of (await readPage(page)).matchAll(
      /`(GET|POST|PUT|PATCH|DELETE) (\/[^`\s?]*)`/g,
    )) {
      const name = `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`;
      expect({ page, name, isKnown: known.has(name) }).toMatchObject({ isKnown: true });
    }
  }
});

test('every command that the docs name exists, and every command is in the docs', async () => {
  const program = buildProgram();
  const table = await readPage('docs/command-line.md');
  for (const command of program.commands.map((one) => one.name()).filter((name) => name !== 'complete'))
    expect({ command, isListed: table.includes(`\`${command}`) || table.includes(` ${command}`) }).toMatchObject({
      isListed: true,
    });
  for (const page of pages) {
    for (const [, name = '', sub = ''] of (await readPage(page)).matchAll(/npx eventhooks ([a-z]+)(?: ([a-z]+))?/g)) {
      const command = program.commands.find((one) => one.name() === name);
      expect({ page, name, exists: command !== undefined }).toMatchObject({ exists: true });
      const subs = command?.commands.map((one) => one.name()) ?? [];
      if (subs.length > 0 && sub !== '') expect(subs).toContain(sub);
    }
  }
});

test('no link of the docs leads nowhere', async () => {
  for (const page of pages) {
    for (const [, target = ''] of (await readPage(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      expect({ page, target, exists: existsSync(join(root, file)) }).toMatchObject({ exists: true });
      if (anchor === undefined || !file.endsWith('.md')) continue;
      const anchors = [...(await readPage(file)).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => toAnchor(title));
      expect({ page, target, anchors }).toMatchObject({ anchors: expect.arrayContaining([anchor]) });
    }
  }
});

/** Makes anchors as GitHub does. */
function toAnchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
