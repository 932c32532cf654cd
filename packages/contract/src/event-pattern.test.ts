import { compilePattern, isPattern, nameOf } from './event-pattern.ts';

test.each([
  ['user.*', ['user.', 'user.created'], ['user', 'xuser.a']],
  ['*:delete', [':delete', 'a:delete'], ['a:deleted']],
  ['*', ['', 'anything'], []],
  ['****', ['', 'anything'], []],
  ['a*b*c', ['abc', 'axbxc', 'abbc'], ['ac', 'ab', 'acb']],
  ['*a*', ['a', 'bab'], ['b', '']],
  ['a*a', ['aa', 'aba'], ['a']],
  ['x\\**', ['x*', 'x*y'], ['xy']],
  ['(.+)*', ['(.+)', '(.+)x'], ['x']],
])('%s', (pattern, matching, others) => {
  const matches = compilePattern(pattern);
  expect(isPattern(pattern)).toBe(true);
  expect(matching.filter((name) => !matches(name))).toEqual([]);
  expect(others.filter(matches)).toEqual([]);
});

test('an escaped star makes a name', () => {
  expect(isPattern('x\\*')).toBe(false);
  expect(nameOf('x\\*')).toBe('x*');
});

test('stars in every position take no longer than linear time', () => {
  const matches = compilePattern(`${'*a'.repeat(500)}*b`);
  const startedAt = performance.now();
  for (let round = 0; round < 1_000; round += 1) expect(matches('a'.repeat(512))).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
