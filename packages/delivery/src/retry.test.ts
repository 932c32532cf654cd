import fc from 'fast-check';
import { retryDelayMs } from './retry.ts';

test('each failed attempt takes the next wait, and after the last one there is none', () => {
  const middle = () => 0.5;
  const schedule = [5_000, 300_000];
  expect([1, 2, 3].map((failed) => retryDelayMs(schedule, failed, middle))).toEqual([5_000, 300_000, null]);
  expect(retryDelayMs([], 1)).toBeNull();
});

test('jitter stays within 10 % to either side', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 * 86_400_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (waitMs, value) => {
        const delayMs = retryDelayMs([waitMs], 1, () => value);
        expect(delayMs).toBeGreaterThanOrEqual(Math.floor(waitMs * 0.9));
        expect(delayMs).toBeLessThanOrEqual(Math.ceil(waitMs * 1.1));
      },
    ),
  );
});
