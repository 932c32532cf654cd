import { parseRetryAfterMs } from './retry-after.ts';

const nowMs = Date.parse('1994-11-06T08:49:00Z');

test.each([
  ['0', 0],
  ['120', 120_000],
  [' 7 ', 7_000],
  ['86401', 86_400_000],
  ['99999999999999999999999', 86_400_000],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
  ['Sun Nov  6 08:49:37 1994', 37_000],
  ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
  ['Fri, 31 Dec 9999 23:59:59 GMT', 86_400_000],
  ['Sun, 6 Nov 1994 08:49:37 GMT', 37_000],
  ['Sun, 06 Nov 1994 08:49:37 UTC', 37_000],
  ['61.5', 62_000],
  ['0.01', 1_000],
  ['7.0', 7_000],
  // 1994-11-06T08:49:00Z is 784111740 in epoch seconds, before the first number that is read as a time.
  ['784111740', 86_400_000],
  ['1000000000', 86_400_000],
  ['5, 7', 7_000],
  ['7,5', 7_000],
  ['5, soon', 5_000],
  ['soon, Sun, 06 Nov 1994 08:49:37 GMT, 5', 37_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT, Sun Nov  6 08:50:00 1994', 60_000],
  ['', null],
  [',', null],
  ['1.', null],
  ['.5', null],
  ['1.5.5', null],
  ['Infinity', null],
  ['-1', null],
  ['1e9', null],
  ['0x10', null],
  ['soon', null],
  ['5 apples', null],
  ['2099-01-01', null],
  ['Sun, 99 Foo 1994 08:49:37 GMT', null],
])('%j is %p', (value, expected) => {
  expect(parseRetryAfterMs(value, nowMs)).toBe(expected);
});

test('epoch seconds are a time, rounded up to whole ms', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(parseRetryAfterMs('1767225660', now)).toBe(60_000);
  expect(parseRetryAfterMs('1767225660.5', now)).toBe(60_500);
  expect(parseRetryAfterMs('1767225600', now)).toBe(0);
  expect(parseRetryAfterMs('1500000000', now)).toBe(0);
  expect(parseRetryAfterMs('1798761600', now)).toBe(86_400_000);
});

test('no header is no wish', () => {
  expect(parseRetryAfterMs(undefined)).toBeNull();
});
