import { createPermitPool } from './permits.ts';

/** An attempt that found a permit at once. */
function attempt(pool: ReturnType<typeof createPermitPool>, durationMs: number, isUp = true): void {
  expect(pool.take(0)).toBe(true);
  pool.noteEnd(durationMs, isUp);
  pool.free();
}

test('a pool gives as many permits as it has, and the next one to whoever waits', async () => {
  const pool = createPermitPool(2);
  expect(pool.take(1_000)).toBe(true);
  expect(pool.take(1_000)).toBe(true);
  expect(pool.inFlight()).toBe(2);
  const third = pool.take(10_000);
  pool.free();
  expect(await third).toBe(true);
  expect(pool.inFlight()).toBe(2);
});

test('after waiting in vain nothing is taken, then or later', async () => {
  const pool = createPermitPool(1);
  expect(pool.take(0)).toBe(true);
  expect(await pool.take(5)).toBe(false);
  pool.free();
  expect(pool.inFlight()).toBe(0);
});

test('nobody waits for a permit that is not expected in time', () => {
  const pool = createPermitPool(1);
  attempt(pool, 10_000);
  expect(pool.take(0)).toBe(true);
  expect(pool.take(1_000)).toBe(false);
});

test('an endpoint is slow by its average, or by one overdue attempt until several were quick', () => {
  const average = createPermitPool(4);
  for (let count = 0; count < 20; count += 1) attempt(average, 300);
  expect(average.isSlow()).toBe(true);
  for (let count = 0; count < 20; count += 1) attempt(average, 5);
  expect(average.isSlow()).toBe(false);
  average.noteOverdue(60);
  expect(average.isSlow()).toBe(true);
  attempt(average, 1_000);
  for (let count = 0; count < 3; count += 1) attempt(average, 5);
  expect(average.isSlow()).toBe(true);
  attempt(average, 5);
  expect(average.isSlow()).toBe(false);
});

test('an attempt is overdue when it runs for four times the average, within limits', () => {
  const pool = createPermitPool(4);
  expect(pool.patienceMs()).toBe(50);
  for (let count = 0; count < 40; count += 1) attempt(pool, 100);
  expect(pool.patienceMs()).toBeCloseTo(400, 0);
  for (let count = 0; count < 40; count += 1) attempt(pool, 10_000);
  expect(pool.patienceMs()).toBe(1_000);
});

test('an endpoint that comes back gets few permits at first, and more with each success alone', () => {
  const pool = createPermitPool(4);
  attempt(pool, 10_000, false);
  pool.startSlowly();
  expect(pool.isSlow()).toBe(false);
  expect(pool.room(0)).toBe(2);
  expect([pool.take(0), pool.take(0)]).toEqual([true, true]);
  pool.noteEnd(1, false);
  pool.free();
  expect(pool.room(0)).toBe(1);
  pool.noteEnd(1, true);
  pool.free();
  expect(pool.room(0)).toBe(3);
  for (let count = 0; count < 5; count += 1) attempt(pool, 1);
  expect(pool.room(0)).toBe(4);
});

test('a permit freed unused can be taken again, and says nothing about the endpoint', () => {
  const pool = createPermitPool(1);
  expect(pool.take(0)).toBe(true);
  pool.free();
  expect(pool.room(0)).toBe(1);
  expect(pool.patienceMs()).toBe(50);
});

test('there is room for attempts that have to wait a little, but for no more than there are permits', async () => {
  const pool = createPermitPool(10);
  expect(pool.room(100)).toBe(20);
  for (let count = 0; count < 10; count += 1) expect(pool.take(0)).toBe(true);
  expect(pool.room(100)).toBe(10);
  const waiting = pool.take(1_000);
  expect(pool.room(100)).toBe(9);
  for (let count = 0; count < 10; count += 1) {
    pool.noteEnd(1_000, true);
    pool.free();
  }
  expect(await waiting).toBe(true);
  expect(pool.isSlow()).toBe(true);
  expect(pool.room(100)).toBeLessThan(12);
});
