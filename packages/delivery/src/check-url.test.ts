import { BLOCKED_HOSTS } from '../tests/support/blocked-hosts.ts';
import { allow } from '../tests/support/client.ts';
import { checkHost, checkUrl, resolveAndCheckUrl } from './check-url.ts';
import { PUBLIC_ONLY } from './egress-policy.ts';

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

test.each([' http://127.0.0.1/', '\nhttp://127.0.0.1/', 'HTTP://127.0.0.1/', 'http:127.0.0.1'])(
  'A7 %j is blocked at write as at attempts',
  async (url) => {
    const checked = await resolveAndCheckUrl(url, PUBLIC_ONLY, async () => []);
    expect(checked).toMatchObject({ ok: false, kind: 'egress_blocked' });
    expect(checkUrl(url, PUBLIC_ONLY)).toEqual(checked);
  },
);

test('at write, a name that does not resolve yet is no fault', async () => {
  const fail = async () => {
    throw new Error('ENOTFOUND');
  };
  expect((await resolveAndCheckUrl('https://a.example/', PUBLIC_ONLY, fail)).ok).toBe(true);
});
