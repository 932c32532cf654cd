import { encodeCursor, type Page } from '@eventhooks/contract';
import type { Call } from './call.ts';
import { publicPathOf } from './path-prefix.ts';

/** A page from its rows and, when there are more, one row beyond. */
export function buildPage<Row extends { id: string }, Printed>(
  { request, query: { size } }: Call<{ size: number }>,
  rows: readonly Row[],
  print: (row: Row) => Printed,
): Page<Printed> {
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  const data = shown.map(print);
  if (rows.length <= size || last === undefined) return { data, next: null };
  const offset = encodeCursor(last.id);
  return { data, next: nextPath(publicPathOf(request), offset), offset };
}

function nextPath(path: string, offset: string): string {
  const url = new URL(path, 'http://localhost');
  url.searchParams.set('offset', offset);
  return `${url.pathname.replace(/\/+$/, '')}${url.search}`;
}
