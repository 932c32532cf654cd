import { createGuardedConnector } from '../src/guarded-connect.ts';
import { createNameResolver, PUBLIC_ONLY, resolveAndCheckUrl } from '../src/index.ts';
import { allow, createLocalClient, post } from './support/client.ts';
import { type DnsAnswer, type DnsServer, startDnsServer } from './support/dns-server.ts';
import { type RawReceiver, startRawReceiver } from './support/raw-receiver.ts';

const publicAddress = '93.184.215.14';
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

let receiver: RawReceiver;
let dns: DnsServer;

beforeEach(async () => {
  receiver = await startRawReceiver((socket) => socket.write(ok));
  dns = await startDnsServer([publicAddress]);
});

afterEach(async () => {
  await Promise.all([receiver.close(), dns.close()]);
});

function resolver() {
  return createNameResolver({ servers: [dns.address], timeoutMs: 300 });
}

test.each(['127.0.0.1', '127.1', '2130706433', '0x7f.1', '[::ffff:7f00:1]', 'localhost', 'a.localhost.'])(
  'an attempt to %s is blocked, and nothing connects',
  async (host) => {
    const client = createLocalClient({ egress: PUBLIC_ONLY });
    expect(await client.send(post(`http://${host}:${receiver.port}/`))).toMatchObject({ kind: 'egress_blocked' });
    await client.close();
    expect(receiver.sockets).toHaveLength(0);
  },
);

test('a name that was public at write and is loopback at the attempt is blocked', async () => {
  const url = `http://rebind.example:${receiver.port}/`;
  expect((await resolveAndCheckUrl(url, PUBLIC_ONLY, resolver())).ok).toBe(true);
  dns.answerWith(['127.0.0.1']);
  const client = createLocalClient({ egress: PUBLIC_ONLY, resolve: resolver() });
  expect(await client.send(post(url))).toMatchObject({
    ok: false,
    kind: 'egress_blocked',
    message: 'rebind.example resolves to a blocked address (loopback)',
  });
  await client.close();
  expect(receiver.sockets).toHaveLength(0);
});

test.each([
  ['mixed public and private', [publicAddress, '127.0.0.1']],
  ['private in IPv6 alone', [publicAddress, '::1']],
  ['mapped', ['::ffff:127.0.0.1']],
  ['metadata', ['169.254.169.254']],
])('a name with %s answers is blocked', async (_what, answer) => {
  dns.answerWith(answer);
  const client = createLocalClient({ egress: PUBLIC_ONLY, resolve: resolver() });
  const result = await client.send(post(`http://a.example:${receiver.port}/`));
  await client.close();
  expect(result).toMatchObject({ ok: false, kind: 'egress_blocked' });
  expect(receiver.sockets).toHaveLength(0);
});

test('the answer that was checked is the one dialled: a name is asked for once a connection', async () => {
  dns.answerWith(['127.0.0.1']);
  const client = createLocalClient({ egress: allow('127.0.0.1/32'), resolve: resolver() });
  const result = await client.send(post(`http://Hooks.Example:${receiver.port}/a?b`));
  await client.close();
  expect(result.ok).toBe(true);
  expect(dns.questions).toEqual(['hooks.example', 'hooks.example']);
  expect(receiver.requests[0]).toMatch(new RegExp(`^POST /a\\?b HTTP/1.1\r\nhost: hooks.example:${receiver.port}\r\n`));
});

test('an address of a name that does not answer is passed over for one that does', async () => {
  // Nothing listens at 127.0.0.2.
  dns.answerWith(['127.0.0.2', '127.0.0.1']);
  const client = createLocalClient({ resolve: resolver() });
  expect((await client.send(post(`http://a.example:${receiver.port}/`))).ok).toBe(true);
  await client.close();
});

test.each<[string, DnsAnswer]>([
  ['does not exist', 'NXDOMAIN'],
  ['has no address', []],
  ['cannot be resolved', 'SERVFAIL'],
  ['gets no answer', 'silence'],
])('a name that %s is the kind dns at the attempt, and no fault at write', async (_what, answer) => {
  dns.answerWith(answer);
  const client = createLocalClient({ resolve: resolver(), connectTimeoutMs: 2_000 });
  expect(await client.send(post('http://a.example/'))).toMatchObject({ ok: false, kind: 'dns', response: null });
  await client.close();
  expect((await resolveAndCheckUrl('http://a.example/', PUBLIC_ONLY, resolver())).ok).toBe(true);
});

test.each<[string, DnsAnswer, number]>([
  ['F26 A while AAAA is dropped', { A: ['127.0.0.1'], AAAA: 'silence' }, 40],
  ['F26 AAAA while A is dropped', { A: 'silence', AAAA: ['::1'] }, 40],
  ['F26 A while AAAA fails', { A: ['127.0.0.1'], AAAA: 'SERVFAIL' }, 0],
  ['F26 AAAA while A does not exist', { A: 'NXDOMAIN', AAAA: ['::1'] }, 0],
  ['F26 A by way of an alias while AAAA is dropped', { A: ['127.0.0.1'], AAAA: 'silence', alias: true }, 40],
  ['F26 both late, together', { A: ['127.0.0.1'], AAAA: ['::1'], delayMs: 150 }, 140],
])('a name server that answers %s resolves at once', async (_what, answer, atLeastMs) => {
  dns.answerWith(answer);
  const resolve = createNameResolver({ servers: [dns.address], timeoutMs: 1_000 });
  const startedAt = performance.now();
  expect((await resolve('a.example')).length).toBeGreaterThan(0);
  const tookMs = performance.now() - startedAt;
  expect(tookMs).toBeGreaterThanOrEqual(atLeastMs);
  expect(tookMs).toBeLessThan(900);
});

test('F26 the first attempt of a client succeeds although AAAA is dropped', async () => {
  dns.answerWith({ A: ['127.0.0.1'], AAAA: 'silence' });
  const client = createLocalClient({ resolve: createNameResolver({ servers: [dns.address], timeoutMs: 1_000 }) });
  const result = await client.send(post(`http://a.example:${receiver.port}/`));
  await client.close();
  expect(result).toMatchObject({ ok: true });
  expect(result.durationMs).toBeLessThan(900);
});

test.each<[string, DnsAnswer]>([
  ['private, AAAA dropped', { A: ['10.0.0.1'], AAAA: 'silence' }],
  ['private and public, AAAA dropped', { A: [publicAddress, '10.0.0.1'], AAAA: 'silence' }],
  ['loopback in AAAA, A dropped', { A: 'silence', AAAA: ['::1'] }],
])('F26 a name whose answer is %s is blocked', async (_what, answer) => {
  dns.answerWith(answer);
  const client = createLocalClient({ egress: PUBLIC_ONLY, resolve: resolver() });
  expect(await client.send(post('http://a.example/'))).toMatchObject({ ok: false, kind: 'egress_blocked' });
  await client.close();
});

test('a look-up that never ends is the kind dns', async () => {
  const client = createLocalClient({ resolve: () => new Promise(() => {}), connectTimeoutMs: 500 });
  expect(await client.send(post('http://a.example/'))).toMatchObject({
    ok: false,
    kind: 'dns',
    message: 'could not resolve a.example within 400 ms',
  });
  await client.close();
});

test('the connector itself refuses a blocked address, whoever asks', async () => {
  const connect = createGuardedConnector(
    { egress: PUBLIC_ONLY, resolve: resolver(), connectTimeoutMs: 1_000 },
    { verify: true },
  );
  const target = { hostname: '127.0.0.1', protocol: 'http:', port: String(receiver.port) };
  const error = await new Promise((resolve) => connect(target, (...result) => resolve(result[0])));
  expect(error).toMatchObject({ kind: 'egress_blocked' });
  expect(receiver.sockets).toHaveLength(0);
});

test.each([
  ['CR and LF in a value', { 'x-a': 'b\r\nx-injected: 1' }],
  ['LF in a value', { 'x-a': 'b\nc' }],
  ['NUL in a value', { 'x-a': 'b\0c' }],
  ['CR and LF beside a value beyond ASCII', { 'x-a': '→\r\nx-injected: 1' }],
  ['a name beyond ASCII', { 'x-ä': 'b' }],
  ['a name with a space', { 'x a': 'b' }],
  ['a name with a line break', { 'x-a\r\nx-b': 'c' }],
  ['an empty name', { '': 'b' }],
  ['chunks of its own', { 'transfer-encoding': 'chunked' }],
  ['a wrong length', { 'content-length': '3' }],
  ['Expect', { expect: '100-continue' }],
])('%s cannot be sent: invalid_request, and nothing reaches the receiver', async (_what, headers) => {
  const client = createLocalClient();
  const request = post(`http://127.0.0.1:${receiver.port}/`, { headers });
  expect(await client.send(request)).toMatchObject({ ok: false, kind: 'invalid_request', response: null });
  await client.close();
  expect(receiver.requests).toHaveLength(0);
});

test.each(['Zoë ✓', 'é', '😀', 'plain', 'tab\there'])('F24 the header value %j goes out in UTF-8', async (value) => {
  const client = createLocalClient();
  const request = post(`http://127.0.0.1:${receiver.port}/`, { headers: { 'x-title': value } });
  expect(await client.send(request)).toMatchObject({ ok: true });
  await client.close();
  const sent = /\r\nx-title: ([^\r]*)\r\n/.exec(receiver.requests[0] ?? '')?.[1] ?? '';
  expect(Buffer.from(sent, 'latin1').toString('utf8')).toBe(value);
});

test('F24 half of a surrogate pair goes out as U+FFFD', async () => {
  const client = createLocalClient();
  const request = post(`http://127.0.0.1:${receiver.port}/`, { headers: { 'x-title': 'a\ud83d' } });
  expect(await client.send(request)).toMatchObject({ ok: true });
  await client.close();
  expect(receiver.requests[0]).toContain(`x-title: a${Buffer.from('\ufffd').toString('latin1')}\r\n`);
});

test.each(['not a url', 'http://', ''])('%j is no URL: invalid_request', async (url) => {
  const client = createLocalClient();
  expect(await client.send(post(url))).toMatchObject({ ok: false, kind: 'invalid_request' });
  await client.close();
});

test('a method that is no token cannot be sent', async () => {
  const client = createLocalClient();
  const request = post(`http://127.0.0.1:${receiver.port}/`, { method: 'GET / HTTP/1.1\r\nx: y' });
  expect(await client.send(request)).toMatchObject({ ok: false, kind: 'invalid_request' });
  await client.close();
});

test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE'])(
  '%s without a body is sent bare',
  async (method) => {
    const client = createLocalClient();
    const result = await client.send(post(`http://127.0.0.1:${receiver.port}/`, { method, headers: {}, body: null }));
    await client.close();
    expect(result.ok).toBe(true);
    const lines = receiver.requests[0]?.trim().split('\r\n') ?? [];
    expect(lines[0]).toBe(`${method} / HTTP/1.1`);
    expect(lines.slice(1).filter((line) => !/^(host|connection|content-length: 0)/.test(line))).toEqual([]);
  },
);

test('text and bytes arrive as they were', async () => {
  const client = createLocalClient();
  for (const body of ['{"a":"Grüße 😀"}', Buffer.from([0, 255, 128])]) {
    await client.send(post(`http://127.0.0.1:${receiver.port}/`, { body }));
    const received = receiver.requests.at(-1)?.split('\r\n\r\n')[1] ?? '';
    expect(Buffer.from(received, 'latin1')).toEqual(Buffer.from(body));
  }
  await client.close();
});
