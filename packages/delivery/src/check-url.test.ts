import { allow } from '../tests/support/client.ts';
import { checkHost, checkUrl, resolveAndCheckUrl } from './check-url.ts';
import { PUBLIC_ONLY } from './egress-policy.ts';

/** Hosts that must never be reached under the default policy, in every spelling. */
const BLOCKED_HOSTS = [
  // This machine.
  '127.0.0.1',
  '127.255.255.254',
  '[::1]',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'app.localhost',
  'app.localhost.',
  '0.0.0.0',
  '0.1.2.3',
  '[::]',
  // IPv4 in odd notations.
  '2130706433',
  '0177.0.0.1',
  '0x7f.1',
  '0x7f000001',
  '127.1',
  '127.0.1',
  '0',
  '127.0.0.1.',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '127．0．0．1',
  '１２７.0.0.1',
  '%31%32%37.0.0.1',
  '127%2e0.0.1',
  'ｌocalhost',
  'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
  'local\u00adhost',
  // IPv4 inside IPv6.
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:0:7f00:1]',
  '[::7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b::808:808]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[0:0:0:0:0:ffff:a9fe:a9fe]',
  // Private, link-local, shared.
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '169.254.0.1',
  '100.64.0.1',
  '100.127.255.254',
  '[fe80::1]',
  '[febf::1]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd12:3456::1]',
  // Metadata services.
  '169.254.169.254',
  '[fd00:ec2::254]',
  '168.63.129.16',
  '100.100.100.200',
  '0xa9fea9fe',
  '2852039166',
  // Reserved, documentation, benchmarking, multicast, broadcast.
  '192.0.0.1',
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '[100::1]',
  '[2001:db8::1]',
  '[2001:2::1]',
  '[2001:10::1]',
  '[2001:20::1]',
  '[3fff::1]',
  '[4000::1]',
  '[5f00::1]',
  '[8000::1]',
  '[ff02::1]',
];

test.each(BLOCKED_HOSTS)('%s is blocked', (host) => {
  for (const url of [`http://${host}/`, `https://${host}:8443/a?b`]) {
    expect(checkUrl(url, PUBLIC_ONLY)).toMatchObject({ ok: false, kind: 'egress_blocked' });
  }
});

test.each([
  // The host comes after the credentials, and a backslash begins the path.
  'http://good.example@127.0.0.1/',
  'http://127.0.0.1\\@good.example/',
  'http://127.0.0.1#@good.example/',
  'http://127.0.0.1?@good.example/',
  'http:127.0.0.1/',
  'http:\\\\127.0.0.1\\',
  'http:///127.0.0.1/',
  'http://127.0.0.1\t/',
  'ht\ntp://127.0.0.1/',
  ' http://127.0.0.1/',
  'http://user:password@example.com/',
  'http://user@example.com/',
  'unix:/var/run/docker.sock',
  'http+unix://%2Fvar%2Frun%2Fdocker.sock/info',
  'file:///etc/passwd',
  'gopher://example.com/',
  'ftp://example.com/',
  'data:text/plain,hello',
  'javascript:alert(1)',
  'ws://example.com/',
])('%j is blocked', (url) => {
  expect(checkUrl(url, PUBLIC_ONLY)).toMatchObject({ ok: false, kind: 'egress_blocked' });
});

test.each([
  '',
  'example.com',
  '/path',
  '//example.com/',
  'http://',
  'http://[fe80::1%25eth0]/',
  'http://256.0.0.1/',
  'http://exa mple/',
  'http://a:99999/',
])('%j is no valid URL', (url) => {
  expect(checkUrl(url, PUBLIC_ONLY)).toMatchObject({ ok: false, kind: 'invalid_request' });
});

test.each([
  'http://example.com/',
  'https://example.com:8443/a?b#c',
  'https://93.184.215.14/',
  'https://[2606:4700:4700::1111]/',
  'https://münchen.example/',
  'http://localhost.example.com/',
  'http://notlocalhost/',
  'http://169.254.169.254.example.com/',
])('%s is allowed', (url) => {
  expect(checkUrl(url, PUBLIC_ONLY)).toMatchObject({ ok: true });
});

test.each([0, 1, 22, 25, 110, 143, 993, 3306, 5432, 6379, 6667, 11211, 27017])('port %d is blocked', (port) => {
  expect(checkUrl(`http://example.com:${port}/`, PUBLIC_ONLY)).toMatchObject({
    ok: false,
    message: `port ${port} is blocked`,
  });
});

test.each([80, 443, 3000, 8001, 8080, 8443, 9200, 65535])('port %d is open', (port) => {
  expect(checkUrl(`http://example.com:${port}/`, PUBLIC_ONLY).ok).toBe(true);
});

test('a blocked port is opened by name of the port, and only that one', () => {
  const policy = allow(':25');
  expect(checkUrl('http://example.com:25/', policy).ok).toBe(true);
  expect(checkUrl('http://example.com:22/', policy).ok).toBe(false);
  expect(checkUrl('http://127.0.0.1:25/', policy).ok).toBe(false);
});

test('an allowed range opens its addresses in every spelling, and no others', () => {
  const policy = allow('127.0.0.0/8, 10.1.0.0/16');
  for (const host of ['127.0.0.1', '2130706433', '[::ffff:7f00:1]', 'localhost', '10.1.2.3']) {
    expect(checkUrl(`http://${host}/`, policy).ok).toBe(true);
  }
  for (const host of ['10.2.0.1', '[::1]', '[64:ff9b::7f00:1]', '192.168.0.1', '169.254.169.254']) {
    expect(checkUrl(`http://${host}/`, policy).ok).toBe(false);
  }
});

test('localhost is the loopback addresses that the policy allows, whatever DNS says', async () => {
  const lie = async () => ['93.184.215.14'];
  expect(await checkHost('localhost', allow('127.0.0.0/8'), lie)).toEqual({ ok: true, addresses: ['127.0.0.1'] });
  expect(await checkHost('a.localhost.', allow('127.0.0.0/8,::1'), lie)).toEqual({
    ok: true,
    addresses: ['127.0.0.1', '::1'],
  });
  expect(await checkHost('localhost', PUBLIC_ONLY, lie)).toMatchObject({ ok: false, kind: 'egress_blocked' });
});

test('an allowed name may have any address, and is looked up by the system', async () => {
  const never = async () => {
    throw new Error('DNS was asked');
  };
  // The system's resolver answers an address with itself, whatever the machine's hosts file and name servers are.
  const policy = { ranges: [], names: ['10.0.0.1'], ports: [] };
  expect(await checkHost('10.0.0.1', policy, never)).toEqual({ ok: true, addresses: ['10.0.0.1'] });
});

test('localhost may be allowed by name, without the names below it', async () => {
  const policy = allow('localhost');
  expect(checkUrl('http://localhost/', policy).ok).toBe(true);
  expect(await checkHost('localhost', policy, async () => [])).toEqual({ ok: true, addresses: ['127.0.0.1', '::1'] });
  expect(checkUrl('http://a.localhost/', policy).ok).toBe(false);
});

test.each([
  ['public', ['93.184.215.14', '2606:4700:4700::1111'], true],
  ['private', ['10.0.0.1'], false],
  ['mixed', ['93.184.215.14', '10.0.0.1'], false],
  ['mixed across families', ['93.184.215.14', '::1'], false],
  ['a zone', ['fe80::1%eth0'], false],
  ['no address at all', ['not-an-address'], false],
])('a name with %s answers', async (_what, addresses, allowed) => {
  expect((await checkHost('a.example', PUBLIC_ONLY, async () => addresses)).ok).toBe(allowed);
});

test('at write, a name that resolves to a blocked address is a fault, without telling which address', async () => {
  const checked = await resolveAndCheckUrl('https://a.example/', PUBLIC_ONLY, async () => ['10.1.2.3']);
  expect(checked).toEqual({
    ok: false,
    kind: 'egress_blocked',
    message: 'a.example resolves to a blocked address (private)',
  });
});

test('at write, a name that does not resolve yet is no fault', async () => {
  const fail = async () => {
    throw new Error('ENOTFOUND');
  };
  expect((await resolveAndCheckUrl('https://a.example/', PUBLIC_ONLY, fail)).ok).toBe(true);
});
