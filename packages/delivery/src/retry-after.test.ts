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
  ['', null],
  ['-1', null],
  ['1.5', null],
  ['1e9', null],
  ['0x10', null],
  ['soon', null],
  ['5 apples', null],
  ['2099-01-01', null],
  ['Sun, 99 Foo 1994 08:49:37 GMT', null],
])('%j is %p', (value, expected) => {
  expect(parseRetryAfterMs(value, nowMs)).toBe(expected);
});

test('no header is no wish', () => {
  expect(parseRetryAfterMs(undefined)).toBeNull();
});
