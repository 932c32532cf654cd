import { jest } from '@jest/globals';
import { deliveryIdOf, firstIdAt, newId, timeOfId } from './ids.ts';

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('ids are UUIDv7 of the time at which they were made', () => {
  const before = Date.now();
  const id = newId();
  expect(id).toMatch(uuidV7);
  expect(timeOfId(id)).toBeGreaterThanOrEqual(before);
  expect(timeOfId(id)).toBeLessThanOrEqual(Date.now() + 1);
  expect(firstIdAt(timeOfId(id)) <= id).toBe(true);
});

test('each id is greater than the one before, also past what the counter of one millisecond holds', () => {
  const ids = Array.from({ length: 50_000 }, () => newId());
  expect(ids.every((id) => uuidV7.test(id))).toBe(true);
  expect(ids.slice(1).every((id, index) => id > (ids[index] ?? ''))).toBe(true);
});

test('when the clock is set back, ids still grow', () => {
  const last = newId();
  const clock = jest.spyOn(Date, 'now').mockReturnValue(timeOfId(last) - 3_600_000);
  try {
    expect(newId() > last).toBe(true);
  } finally {
    clock.mockRestore();
  }
});

test("a delivery's id is a function of its event and hook, and has the event's time", () => {
  const [event, hook] = [newId(), newId()];
  expect(deliveryIdOf(event, hook)).toBe(deliveryIdOf(event, hook));
  expect(deliveryIdOf(event, hook)).not.toBe(deliveryIdOf(hook, event));
  expect(deliveryIdOf(event, hook)).toMatch(uuidV7);
  expect(timeOfId(deliveryIdOf(event, hook))).toBe(timeOfId(event));
});
