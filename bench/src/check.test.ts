import { findLosses } from './check.ts';
import { mediansOf } from './run-scenario.ts';

describe('the guard of the baseline', () => {
  const baseline = { fanin: { 'of raw': 0.4 } };

  it('tolerates a loss of 15 % and no more', () => {
    expect(findLosses('fanin', { 'of raw': 0.341 }, baseline)).toEqual([]);
    expect(findLosses('fanin', { 'of raw': 0.339 }, baseline)).toEqual([
      "fanin: 'of raw' is 0.34, 15 % less than the baseline's 0.40",
    ]);
  });

  it('misses a ratio that was not measured, and checks none that is new', () => {
    expect(findLosses('fanin', { other: 0.1 }, baseline)).toEqual([
      "fanin: 'of raw' is in the baseline and was not measured",
    ]);
    expect(findLosses('fanout', { 'of raw': 0.1 }, baseline)).toEqual([]);
  });
});

describe('the figures of several rounds', () => {
  it('are medians, and the mean of the middle two of an even number', () => {
    expect(
      mediansOf([
        { a: 1, b: 9 },
        { a: 5, b: 1 },
        { a: 2, b: 2 },
      ]),
    ).toEqual({ a: 2, b: 2 });
    expect(mediansOf([{ a: 1 }, { a: 4 }])).toEqual({ a: 2.5 });
  });
});
