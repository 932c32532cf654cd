/** `line:column` of an offset, both from 1 on, columns in characters as JavaScript counts them. */
export function printPosition(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
