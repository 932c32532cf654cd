import { Dispatchers } from './dispatchers.ts';
import { PUBLIC_ONLY } from './egress-policy.ts';

function createDispatchers(): Dispatchers {
  return new Dispatchers({
    egress: PUBLIC_ONLY,
    resolve: async () => [],
    connectTimeoutMs: 1_000,
    headersTimeoutMs: 0,
    maxConnectionsPerOrigin: 1,
    proxyUrl: null,
  });
}

test('each TLS policy has a dispatcher of its own, and plain http one for all', async () => {
  const dispatchers = createDispatchers();
  const policies = [
    { verify: true },
    { verify: false },
    { verify: true, ca: 'a' },
    { verify: false, ca: 'a' },
    { verify: true, cert: 'a', key: 'b' },
    { verify: true, cert: 'b', key: 'a' },
  ];
  const found = policies.map((policy) => dispatchers.find('https:', policy));
  expect(new Set(found).size).toBe(policies.length);
  expect(policies.map((policy) => dispatchers.find('https:', { ...policy }))).toEqual(found);
  expect(new Set(policies.map((policy) => dispatchers.find('http:', policy))).size).toBe(1);
  await dispatchers.destroy();
});

test('the hundred TLS policies used last are kept, and the one before is closed', async () => {
  const dispatchers = createDispatchers();
  const policy = (index: number) => ({ verify: true, ca: String(index) });
  const all = Array.from({ length: 100 }, (_, index) => dispatchers.find('https:', policy(index)));
  dispatchers.find('https:', policy(0));
  dispatchers.find('https:', policy(100));
  const closed = all.filter(({ reusing }) => 'closed' in reusing && reusing.closed === true);
  expect(closed).toEqual([all[1]]);
  expect(dispatchers.find('https:', policy(0))).toBe(all[0]);
  expect(dispatchers.find('https:', policy(1))).not.toBe(all[1]);
  await dispatchers.destroy();
});
