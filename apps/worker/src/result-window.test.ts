import { createResultWindow, type ResultWindow } from './result-window.ts';

function noteAll(results: ResultWindow, ups: readonly boolean[]): void {
  for (const isUp of ups) results.note(isUp, 1_000);
}
const times = (count: number, isUp: boolean) => Array.from({ length: count }, () => isUp);

test('five failures and nothing else say that an endpoint is down; four do not', () => {
  const results = createResultWindow();
  noteAll(results, times(4, false));
  expect(results.isFailing()).toBe(false);
  results.note(false, 1_000);
  expect(results.isFailing()).toBe(true);
});

test('an endpoint of which one in two answers is not down, and one that worked is after enough failures', () => {
  const half = createResultWindow();
  for (let pair = 0; pair < 20; pair += 1) noteAll(half, [true, false]);
  expect(half.isFailing()).toBe(false);
  const late = createResultWindow();
  noteAll(late, times(100, true));
  noteAll(late, times(15, false));
  expect(late.isFailing()).toBe(false);
  late.note(false, 1_000);
  expect(late.isFailing()).toBe(true);
});

test('results before a long pause, and before a clearing, do not count', () => {
  const results = createResultWindow();
  noteAll(results, times(4, false));
  results.note(false, 1_000_000);
  expect(results.isFailing()).toBe(false);
  noteAll(results, times(10, false));
  results.clear();
  expect(results.isFailing()).toBe(false);
});
