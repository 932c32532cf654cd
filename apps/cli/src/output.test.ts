import { formatTable, plain } from './output.ts';
import { formatBar } from './progress.ts';

test('columns are as wide as their widest cell, colours aside', () => {
  expect(
    formatTable(
      ['id', 'state'],
      [
        ['a', '\u001b[31mdown\u001b[39m'],
        ['long', 'ok'],
      ],
    ),
  ).toBe('ID    STATE\na     \u001b[31mdown\u001b[39m\nlong  ok');
});

test('a column leaves room for characters of two cells, and for joined ones', () => {
  expect(
    formatTable(
      ['name', 'x'],
      [
        ['東京', '1'],
        ['👩‍👩‍👧', '2'],
        ['Zoë', '3'],
      ],
    ),
  ).toBe('NAME  X\n東京  1\n👩‍👩‍👧    2\nZoë   3');
});

test('data cannot play with the terminal', () => {
  expect(plain('a\u001b[2Jb\nc\u009b')).toBe('a\\u001b[2Jb\\nc\\u009b');
  expect(plain({ a: '\u0007' })).toBe('{"a":"\\u0007"}');
  expect(plain(null)).toBe('');
});

test('a bar shows how far it is', () => {
  expect(formatBar('x', 0, 10)).toMatch(/^x {2}░{30} {2}0\/10 {2}0 %$/);
  expect(formatBar('x', 5, 10)).toMatch(/^x {2}█{15}░{15} {2}5\/10 {2}50 %$/);
  expect(formatBar('x', 0, 0)).toContain('100 %');
  expect(formatBar('x', 7, null)).toBe('x  7');
});
