import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { verify } from '@eventhooks/client';
import { jest } from '@jest/globals';
import { type Installation, startInstallation } from '../../../tests/installation.ts';
import { findFreePort, startReceiver, waitFor } from '../../../tests/support/index.ts';
import { runCommand, startCommand } from './support/run-command.ts';

// Each command is a process of its own; a busy machine takes its time to start one.
jest.setTimeout(180_000);
const patiently = { timeoutMs: 120_000 };

let installation: Installation;
let env: Record<string, string>;
beforeAll(async () => {
  installation = await startInstallation({ workers: 1 });
  env = { EVENTHOOKS_URL: installation.admin.url };
});
afterAll(() => installation[Symbol.asyncDispose]());

const hooks = async () =>
  (await installation.call('GET', '/event-hooks')).body.data as { id: string; source: string }[];

test('shows what trigger sends, its signature verified, and leaves no hook behind', async () => {
  const listener = startCommand(['listen', 'crud', 'consumers', '--count', '1'], { env });
  await waitFor(() => /Listening to crud\/consumers/.test(listener.stderr()), patiently);
  expect(await hooks()).toHaveLength(1);
  const triggered = await runCommand(['trigger', 'crud', 'consumers', '--set', 'entity.username=Grace'], { env });
  expect(triggered).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/Published crud\/consumers[\s\S]*succeeded {2}200/),
  });
  const { code, stdout } = await listener.ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/crud\/consumers {2}200 {2}✓ signature verified/);
  expect(stdout).toContain('"username":"Grace"');
  expect(stdout).not.toContain('\u001b');
  expect(await hooks()).toEqual([]);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends it in order and removes the hooks of all sources',
  async (signal) => {
    const listener = startCommand(['listen', '--json'], { env });
    await waitFor(() => /Listening to all sources/.test(listener.stderr()), patiently);
    const sources = (await hooks()).map(({ source }) => source);
    expect(sources).toContain('balancer');
    expect(sources).not.toContain('dao:crud');
    listener.kill(signal);
    expect(await listener.ended).toMatchObject({ code: 0, stdout: '' });
    expect(await hooks()).toEqual([]);
  },
  120_000,
);

test('forwards with a signature that still fits, and passes the answer back', async () => {
  const secret = 's3cret';
  const target = await startReceiver(() => ({ status: 503, body: 'not now' }));
  const args = [
    'listen',
    'crud',
    'routes',
    '--forward-to',
    `${target.url}/in`,
    '--secret',
    secret,
    '--count',
    '1',
    '--json',
  ];
  const listener = startCommand(args, { env });
  await waitFor(() => /Listening/.test(listener.stderr()), patiently);
  const triggered = await runCommand(['trigger', 'crud', 'routes', '--json'], { env });
  const [request] = await target.waitForRequests(1);
  if (!request) throw new Error('nothing was forwarded');
  expect(await verify({ headers: request.headers, body: request.body }, secret)).toMatchObject({ ok: true });
  expect(request.url).toBe('/in');
  const { stdout } = await listener.ended;
  expect(JSON.parse(stdout)).toMatchObject({
    source: 'crud',
    event: 'routes',
    verified: true,
    status: 503,
    forwarded: { status: 503, error: null },
  });
  expect(JSON.parse(triggered.stdout).deliveries).toEqual([
    expect.objectContaining({ status: expect.stringMatching(/waiting|cancelled/), response_status: 503 }),
  ]);
  await target.close();
});

test('an application that is not there is a 502 with the reason', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}/`;
  const listener = startCommand(['listen', 'crud', 'routes', '--forward-to', url, '--count', '1', '--json'], { env });
  await waitFor(() => /Listening/.test(listener.stderr()), patiently);
  await runCommand(['trigger', 'crud', 'routes', '--no-wait'], { env });
  expect(JSON.parse((await listener.ended).stdout)).toMatchObject({
    status: 502,
    forwarded: { status: null, error: expect.stringContaining('cannot be reached') },
  });
});

test('a ping that the server cannot take for a moment is tried again', async () => {
  let pings = 0;
  const busy = createServer((request, response) => {
    const { method = 'GET', url = '' } = request;
    if (url.endsWith('/ping')) pings += 1;
    if (url.endsWith('/ping') && pings === 1) {
      response.writeHead(503, { 'content-type': 'application/json' }).end('{"message":"busy"}');
      return;
    }
    void text(request)
      .then((body) => installation.call(method, url, body === '' ? undefined : JSON.parse(body)))
      .then(({ status, body }) => {
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(status === 204 ? '' : JSON.stringify(body));
      });
  });
  await once(busy.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`;
  const listener = startCommand(['listen', 'crud', 'routes'], { env: { EVENTHOOKS_URL: url } });
  await waitFor(() => /Listening to crud\/routes/.test(listener.stderr()), patiently);
  expect(pings).toBe(2);
  listener.kill('SIGINT');
  expect(await listener.ended).toMatchObject({ code: 0 });
  busy.closeAllConnections();
  busy.close();
});

test('a listener that was killed leaves a hook, which the next one removes', async () => {
  const killed = startCommand(['listen', 'balancer'], { env });
  await waitFor(() => /Listening/.test(killed.stderr()), patiently);
  killed.kill('SIGKILL');
  await killed.ended;
  expect(await hooks()).toHaveLength(1);
  const next = startCommand(['listen', 'crud'], { env });
  await waitFor(() => /Listening/.test(next.stderr()), patiently);
  expect((await hooks()).map(({ source }) => source)).toEqual(['crud']);
  next.kill('SIGINT');
  expect((await next.ended).stderr).toContain('Removed 1 hook that earlier listeners left.');
});

test('an unknown source is refused with the nearest, and nothing is left', async () => {
  const { code, stderr } = await runCommand(['listen', 'crudd'], { env });
  expect(code).toBe(3);
  expect(stderr).toContain("did you mean 'crud'?");
  expect(await hooks()).toEqual([]);
});

test('a listener that the worker cannot reach says so and removes its hook', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}/`;
  const { code, stderr } = await runCommand(['listen', 'crud', '--public-url', url], { env });
  expect(code).toBe(4);
  expect(stderr).toContain('cannot reach');
  expect(await hooks()).toEqual([]);
});

test('a server that may not reach this machine is told how to', async () => {
  await using strict = await startInstallation({ workers: 0, env: { EVENTHOOKS_EGRESS_ALLOW: '10.0.0.0/8' } });
  const { code, stderr } = await runCommand(['listen', 'crud'], { env: { EVENTHOOKS_URL: strict.admin.url } });
  expect(code).toBe(3);
  expect(stderr).toContain('EVENTHOOKS_EGRESS_ALLOW=127.0.0.0/8');
});
