import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { startRedis, type TestRedis } from '../../../tests/support/index.ts';
import { createRedisSuppression, type FiringRequest } from '../src/index.ts';

const startMs = 1_800_000_000_000;

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterEach(() => server.flushAll());
afterAll(async () => {
  redis.disconnect();
  await server.close();
});

function request(hookKey: string, digest: string, settings: Partial<FiringRequest> = {}): FiringRequest {
  return { hookKey, eventId: randomUUID(), digest, snoozeSeconds: 60, onChange: true, ...settings };
}

test('every key has an expiry, and lies in the slot of its prefix', async () => {
  const suppression = createRedisSuppression({ redis, prefix: 'mine' });
  await suppression.decide('batch', [
    request('both', 'A'),
    request('snoozed', 'A', { onChange: false }),
    request('changing', 'A', { snoozeSeconds: null }),
    request('changing', 'A', { snoozeSeconds: null }),
    request('plain', 'A', { snoozeSeconds: null, onChange: false }),
  ]);
  const expiries = new Map<string, number>();
  for (const key of (await redis.keys('*')).sort()) expiries.set(key, await redis.pttl(key));
  expect([...expiries.keys()]).toEqual([
    '{mine}:firing:batch:batch',
    '{mine}:firing:digests:both',
    '{mine}:firing:hook:both',
    '{mine}:firing:hook:changing',
    '{mine}:firing:hook:snoozed',
  ]);
  for (const expiry of expiries.values()) expect(expiry).toBeGreaterThan(0);
  expect(expiries.get('{mine}:firing:digests:both')).toBeLessThanOrEqual(60_000);
  expect(expiries.get('{mine}:firing:batch:batch')).toBeGreaterThan(29 * 86_400_000);
  await suppression.release('batch');
  expect(await redis.exists('{mine}:firing:batch:batch')).toBe(0);
});

test('a batch of 2,000 firings of many hooks costs one call', async () => {
  const suppression = createRedisSuppression({ redis, prefix: 'mine' });
  await suppression.decide('first', [request('hook-0', 'A')]);
  await redis.config('RESETSTAT');
  const requests = Array.from({ length: 2_000 }, (_, n) => request(`hook-${n % 50}`, String(n)));
  expect(await suppression.decide('second', requests)).toHaveLength(2_000);
  const calls = /cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'));
  expect(calls?.[1]).toBe('1');
});

test('a prefix that holds a hash tag keeps it', async () => {
  const suppression = createRedisSuppression({ redis, prefix: 'a{b}' });
  await suppression.decide('batch', [request('hook', 'A')]);
  expect(await redis.exists('a{b}:firing:hook:hook')).toBe(1);
});

test('digests whose snooze ended are removed as new ones come, and those remembered are bounded', async () => {
  const clock = { nowMs: startMs };
  const options = { redis, prefix: 'mine', nowMs: () => clock.nowMs, maxDigestsPerHook: 10 };
  const suppression = createRedisSuppression(options);
  for (let index = 0; index < 15; index += 1) {
    clock.nowMs += 1;
    await suppression.decide(randomUUID(), [request('both', String(index))]);
  }
  expect(await redis.zrange('{mine}:firing:digests:both', '0', '-1')).toEqual([
    '5',
    '6',
    '7',
    '8',
    '9',
    '10',
    '11',
    '12',
    '13',
    '14',
  ]);
  clock.nowMs += 60_000;
  for (let index = 0; index < 6; index += 1) await suppression.decide(randomUUID(), [request('both', `new ${index}`)]);
  expect((await redis.zrange('{mine}:firing:digests:both', '0', '-1')).sort()).toEqual(
    Array.from({ length: 6 }, (_, index) => `new ${index}`),
  );
});

test('a Redis that lost its data repeats at most one firing of each hook and digest', async () => {
  const suppression = createRedisSuppression({ redis, prefix: 'mine', nowMs: () => startMs });
  const decide = async () => {
    const decisions = await suppression.decide(randomUUID(), [
      request('both', 'A'),
      request('both', 'A'),
      request('both', 'B'),
      request('snoozed', 'A', { onChange: false }),
      request('snoozed', 'B', { onChange: false }),
      request('changing', 'A', { snoozeSeconds: null }),
      request('changing', 'A', { snoozeSeconds: null }),
    ]);
    return decisions.map((decision) => decision.fires);
  };
  const once = [true, false, true, true, false, true, false];
  const none = once.map(() => false);
  expect(await decide()).toEqual(once);
  expect(await decide()).toEqual(none);
  await redis.flushall();
  // The script is gone with the data after a restart.
  await redis.script('FLUSH');
  expect(await decide()).toEqual(once);
  expect(await decide()).toEqual(none);
});

test('a full Redis refuses a call as a whole', async () => {
  const suppression = createRedisSuppression({ redis, prefix: 'mine', nowMs: () => startMs });
  const requests = [request('both', 'A'), request('snoozed', 'A', { onChange: false })];
  await redis.config('SET', 'maxmemory', '1');
  await expect(suppression.decide('batch', requests)).rejects.toThrow('OOM');
  await redis.config('SET', 'maxmemory', '0');
  expect(await redis.keys('*')).toEqual([]);
  expect((await suppression.decide('batch', requests)).map(({ fires }) => fires)).toEqual([true, true]);
});
