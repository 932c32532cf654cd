import { type DataCondition, isUuid, meetsCondition, type SearchPage } from '@eventhooks/contract';
import { findEventsByPublisherId, findHooksByText, type Search, timeOfId } from '@eventhooks/database';
import type { Call } from '../http/call.ts';
import { buildPage } from '../http/page.ts';

interface SearchQuery {
  q?: string | undefined;
  data?: DataCondition | undefined;
}

/** More words than these are taken as one. */
const maxWords = 6;

/** The ids that a search text names, or may name as a publisher's own id. */
export async function findNamedIds({ context, workspace }: Call, q: string): Promise<string[]> {
  const sources = [...context.catalogue.viewOf(workspace).keys()];
  const events = await findEventsByPublisherId(context.database.pool, workspace, sources, q);
  return isUuid(q) ? [q.toLowerCase(), ...events] : events;
}

/** The search of a query; null when it searches for nothing. */
export async function readSearch({ context, workspace }: Call, { q = '', data }: SearchQuery): Promise<Search | null> {
  if (data !== undefined) {
    const words = q === '' ? [] : q.split(/\s+/, maxWords);
    return {
      texts: [...words, data.value].map(toJsonText),
      hookIds: [],
      fits: (text) => meetsCondition(text, data),
    };
  }
  if (q === '') return null;
  const words = q.split(/\s+/, maxWords);
  const hookIds = await findHooksByText(context.database.pool, workspace, words);
  return { texts: words.map(toJsonText), hookIds, fits: null };
}

/** The text as it stands within a text of JSON. A character that the publisher wrote as `\u00e9` is not found by `é`. */
function toJsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/**
 * The page of a search, or of a list with one row more than was asked for: it has a next one for as long as there are rows that were
 * not looked at.
 */
export function buildSearchPage<Row extends { id: string }, Printed>(
  call: Call<{ size: number }>,
  { rows, lookedAtTo }: { rows: readonly Row[]; lookedAtTo: string | null },
  print: (row: Row) => Printed,
): SearchPage<Printed> {
  if (lookedAtTo === null || rows.length > call.query.size) return buildPage(call, rows, print);
  // A row beyond the page makes it one with a next; the cursor is where the search stopped.
  const page = buildPage<{ id: string }, unknown>(
    { ...call, query: { size: 1 } },
    [{ id: lookedAtTo }, { id: '' }],
    () => null,
  );
  return { ...page, data: rows.map(print), looked_at_to: new Date(timeOfId(lookedAtTo)).toISOString() };
}
