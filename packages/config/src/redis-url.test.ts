import { parseRedisUrl } from './redis-url.ts';

const plain = {
  kind: 'single',
  username: null,
  password: null,
  database: 0,
  primaryName: '',
  sentinelUsername: null,
  sentinelPassword: null,
  tls: null,
};
const tls = { caFile: null, certFile: null, keyFile: null };

test.each([
  ['redis://localhost', { addresses: [{ host: 'localhost', port: 6379 }] }],
  ['redis://:s%40cret@[::1]:7000/2', { password: 's@cret', database: 2, addresses: [{ host: '::1', port: 7000 }] }],
  ['redis://app:p@ss:word@h', { username: 'app', password: 'p@ss:word', addresses: [{ host: 'h', port: 6379 }] }],
  [
    'rediss://app@h:1?ca=/etc/ca.pem&cert=/c.pem&key=/k.pem',
    {
      username: 'app',
      addresses: [{ host: 'h', port: 1 }],
      tls: { caFile: '/etc/ca.pem', certFile: '/c.pem', keyFile: '/k.pem' },
    },
  ],
  [
    'rediss+sentinel://app:a@s1:5000,s2/mymaster/3?sentinel_username=watch&sentinel_password=b%26c',
    {
      kind: 'sentinel',
      username: 'app',
      password: 'a',
      addresses: [
        { host: 's1', port: 5000 },
        { host: 's2', port: 26_379 },
      ],
      primaryName: 'mymaster',
      database: 3,
      sentinelUsername: 'watch',
      sentinelPassword: 'b&c',
      tls,
    },
  ],
  [
    'redis+cluster://n1:1,n2:2/0',
    {
      kind: 'cluster',
      addresses: [
        { host: 'n1', port: 1 },
        { host: 'n2', port: 2 },
      ],
    },
  ],
])('%s', (text, target) => {
  expect(parseRedisUrl(text)).toEqual({ ok: true, target: { ...plain, ...target } });
});

test.each([
  ['http://x', 'starts with redis://'],
  ['redis://', 'with a host'],
  ['redis://a,b', 'several hosts'],
  ['redis://h:99999', 'host:port'],
  ['redis://h:', 'host:port'],
  ['redis+sentinel://s1', "primary's name"],
  ['redis+cluster://n1/1', 'no database but 0'],
  ['redis://h/one', 'database number'],
  ['redis://h?family=6', 'unknown parameter family'],
  ['redis://h?ca=/ca.pem', 'ca needs rediss://'],
  ['redis://h?sentinel_password=x', 'needs redis+sentinel://'],
  ['rediss://h?cert=/c.pem', 'given together'],
  ['redis://u:%zz@h', 'hexadecimal'],
])('%s is refused: %s', (text, fault) => {
  expect(parseRedisUrl(text)).toEqual({ ok: false, fault: expect.stringContaining(fault) });
});

test('a fault repeats no password', () => {
  for (const text of ['redis://u:hunter2@h/one', 'redis://u:hunter2@h?x=hunter2', 'redis//:hunter2@h']) {
    expect(JSON.stringify(parseRedisUrl(text))).not.toContain('hunter2');
  }
});
