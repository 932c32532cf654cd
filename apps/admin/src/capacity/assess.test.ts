import { assessCapacity, type Measured } from './assess.ts';

const gb = 1_000_000_000;
const well: Measured = {
  lastHour: 7_200,
  busiestMinute: 600,
  databaseBytes: 20 * gb,
  days: [
    { day: '20261124', bytes: 4 * gb, deliveries: 2_000_000 },
    { day: '20261125', bytes: 2 * gb, deliveries: 1_000_000 },
  ],
  connections: { used: 40, allowed: 97 },
  deadRows: { table: 'deliveries_20261126', share: 0.1 },
  oldestTransaction: { seconds: 12, application: 'psql' },
  transactionAge: { used: 1_000_000, forcedAt: 200_000_000 },
  roomBytes: 100 * gb,
  daysNeeded: 8,
  partitionDaysAhead: 8,
  redisMemory: { usedBytes: 10_000_000, maxBytes: 100_000_000 },
};

const levelsOf = (over: Partial<Measured>) =>
  Object.fromEntries(assessCapacity({ ...well, ...over }).map(({ name, level }) => [name, level]));

test('with room everywhere each line is good, says its figure, and asks for nothing', () => {
  const lines = assessCapacity(well);
  expect(lines.map(({ level, advice }) => ({ level, advice }))).toEqual(
    lines.map(() => ({ level: 'good', advice: null })),
  );
  const values = Object.fromEntries(lines.map(({ name, value }) => [name, value]));
  expect(values).toMatchObject({ rate: 2, delivery_size: 2_000, retention: 25, connections: 40, partitions: 8 });
  expect(lines.map(({ message }) => message)).toEqual(
    expect.arrayContaining([
      '2 attempts per second in the last hour, 10 in the busiest minute of the last day',
      '2 kB of disk per delivery, with its event, attempts and indexes',
      '25 days like the largest one (4 GB) fit on the disk, and 8 have to',
      'Redis uses 10 MB of 100 MB',
    ]),
  );
});

test.each<[string, Partial<Measured>]>([
  ['retention', { roomBytes: 31 * gb }],
  ['connections', { connections: { used: 78, allowed: 97 } }],
  ['partitions', { partitionDaysAhead: 2 }],
  ['dead_rows', { deadRows: { table: 'event_hooks', share: 0.21 } }],
  ['oldest_transaction', { oldestTransaction: { seconds: 3_601, application: '' } }],
  ['transaction_ids', { transactionAge: { used: 400_000_001, forcedAt: 200_000_000 } }],
  ['redis_memory', { redisMemory: { usedBytes: 81, maxBytes: 100 } }],
])('%s warns beyond its bound, and says what to do', (name, over) => {
  expect(levelsOf(over)).toEqual({ ...levelsOf({}), [name]: 'warn' });
  expect(assessCapacity({ ...well, ...over }).find((line) => line.name === name)?.advice).toMatch(/\w{3}.*\.$/);
});

test('what nobody can know is unknown, and what is not there is left out', () => {
  expect(levelsOf({ roomBytes: null })).toMatchObject({ retention: 'unknown' });
  expect(levelsOf({ days: [] })).toMatchObject({ retention: 'unknown', delivery_size: 'unknown' });
  expect(levelsOf({ days: [{ day: '20261125', bytes: gb, deliveries: 0 }] })).toMatchObject({
    delivery_size: 'unknown',
  });
  expect(levelsOf({ redisMemory: null })).not.toHaveProperty('redis_memory');
  expect(levelsOf({ redisMemory: { usedBytes: 5, maxBytes: null } })).toMatchObject({ redis_memory: 'good' });
  expect(levelsOf({ deadRows: null, oldestTransaction: null })).toEqual(levelsOf({}));
});
