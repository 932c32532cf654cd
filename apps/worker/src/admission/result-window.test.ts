import { createResultWindow, type ResultWindow } from './result-window.ts';

/** Notes results that come a second after each other; returns when the last one came. */
function noteEachSecond(results: ResultWindow, ups: readonly boolean[], startMs = 0): number {
  ups.forEach((isUp, index) => {
    results.note(isUp, startMs + index * 1_000);
  });
  return startMs + (ups.length - 1) * 1_000;
}
const times = (count: number, isUp: boolean) => Array.from({ length: count }, () => isUp);

test('ten failures and nothing else say that an endpoint is down, once they have been so for four seconds', () => {
  const results = createResultWindow();
  noteEachSecond(results, times(13, false));
  expect(results.isFailing()).toBe(false);
  results.note(false, 13_000);
  expect(results.isFailing()).toBe(true);
});

test('a burst of failures does not, however many; nor do a few over a long time', () => {
  const burst = createResultWindow();
  for (let count = 0; count < 1_000; count += 1) burst.note(false, 1_000 + count);
  expect(burst.isFailing()).toBe(false);
  burst.note(false, 5_500);
  expect(burst.isFailing()).toBe(true);
  const few = createResultWindow();
  for (let count = 0; count < 9; count += 1) few.note(false, count * 60_000);
  expect(few.isFailing()).toBe(false);
});

test('an endpoint of which one in two answers is not down, and one that worked is after enough failures', () => {
  const half = createResultWindow();
  for (let second = 0; second < 40; second += 2) noteEachSecond(half, [true, false], second * 1_000);
  expect(half.isFailing()).toBe(false);
  const late = createResultWindow();
  const worked = noteEachSecond(late, times(100, true));
  const failing = noteEachSecond(late, times(19, false), worked + 1_000);
  expect(late.isFailing()).toBe(false);
  late.note(false, failing + 1_000);
  expect(late.isFailing()).toBe(true);
});

test('enough answers in between begin the four seconds anew', () => {
  const results = createResultWindow();
  const failing = noteEachSecond(results, times(13, false));
  noteEachSecond(results, times(4, true), failing);
  noteEachSecond(results, times(4, false), failing + 4_000);
  expect(results.isFailing()).toBe(false);
});

test('results before a long pause, and before a clearing, do not count', () => {
  const results = createResultWindow();
  const last = noteEachSecond(results, times(13, false));
  results.note(false, last + 1_000_000);
  expect(results.isFailing()).toBe(false);
  noteEachSecond(results, times(20, false), last + 1_001_000);
  expect(results.isFailing()).toBe(true);
  results.clear();
  expect(results.isFailing()).toBe(false);
});
