import { createGate } from './gate.ts';

test('a gate gives as many slots as it has, and the next one to whoever waits', async () => {
  const gate = createGate(2);
  const first = await gate.acquire(1_000);
  await gate.acquire(1_000);
  expect(gate.inFlight()).toBe(2);
  const third = gate.acquire(10_000);
  first?.release(1, true);
  expect(await third).not.toBeNull();
  expect(gate.inFlight()).toBe(2);
});

test('who waits in vain gets none, and takes none later', async () => {
  const gate = createGate(1);
  const first = await gate.acquire(0);
  expect(await gate.acquire(5)).toBeNull();
  first?.release(1, true);
  expect(gate.inFlight()).toBe(0);
});

test('nobody waits for a slot that will not come in time', async () => {
  const gate = createGate(1);
  (await gate.acquire(0))?.release(10_000, true);
  await gate.acquire(0);
  const startedAt = performance.now();
  expect(await gate.acquire(1_000)).toBeNull();
  expect(performance.now() - startedAt).toBeLessThan(900);
});

test('an endpoint is slow by its average, also while an attempt still runs, and recovers', async () => {
  const gate = createGate(4);
  const slot = await gate.acquire(0);
  expect(gate.isSlow()).toBe(false);
  slot?.reportRunning(2_000);
  expect(gate.isSlow()).toBe(true);
  for (let attempt = 0; attempt < 20; attempt += 1) (await gate.acquire(0))?.release(5, true);
  expect(gate.isSlow()).toBe(false);
});

test('an endpoint that comes back gets few slots at first, and more with each success alone', async () => {
  const gate = createGate(4);
  (await gate.acquire(0))?.release(10_000, false);
  gate.startSlowly();
  expect(gate.isSlow()).toBe(false);
  expect(gate.room(0)).toBe(2);
  const first = await gate.acquire(0);
  const second = await gate.acquire(0);
  expect(await gate.acquire(0)).toBeNull();
  first?.release(1, false);
  expect(gate.room(0)).toBe(1);
  second?.release(1, true);
  expect(gate.room(0)).toBe(3);
  for (let attempt = 0; attempt < 5; attempt += 1) (await gate.acquire(0))?.release(1, true);
  expect(gate.room(0)).toBe(4);
});

test('a slot given back unused is free again, and says nothing about the endpoint', async () => {
  const gate = createGate(1);
  (await gate.acquire(0))?.giveBack();
  expect(gate.room(0)).toBe(1);
});

test('there is room for those who would have to wait a little, but for no more than there are slots', async () => {
  const gate = createGate(10);
  expect(gate.room(100)).toBe(20);
  const taken = await Promise.all(Array.from({ length: 10 }, () => gate.acquire(0)));
  expect(gate.room(100)).toBe(10);
  void gate.acquire(1_000);
  expect(gate.room(100)).toBe(9);
  for (const slot of taken) slot?.release(1_000, true);
  expect(gate.isSlow()).toBe(true);
  expect(gate.room(100)).toBeLessThan(12);
});
