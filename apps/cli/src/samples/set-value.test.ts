import { applyAssignment, parseAssignment } from './set-value.ts';

function set(data: Record<string, unknown>, ...texts: string[]): Record<string, unknown> {
  for (const text of texts) for (const assignment of parseAssignment(text)) applyAssignment(data, assignment);
  return data;
}

test.each([
  ['a=1', { a: 1 }],
  ['a=text', { a: 'text' }],
  ['a="1"', { a: '1' }],
  ['a=', { a: '' }],
  ['a=b=c', { a: 'b=c' }],
  ['a.b.c=null', { a: { b: { c: null } } }],
  ['a={"b":[1]}', { a: { b: [1] } }],
  ['list[1]=x', { list: ['a', 'x'] }],
  ['list.0.b=true', { list: [{ b: true }, 'b'] }],
  ['toString.x=1', { toString: { x: 1 } }],
])('%s', (text, expected) => {
  expect(set({ list: ['a', 'b'] }, text)).toEqual({ list: ['a', 'b'], ...expected });
});

test.each(['a', '=1', 'a..b=1', '__proto__.x=1', 'a.__proto__=1'])('%s is refused', (text) => {
  expect(() => parseAssignment(text)).toThrow();
});
