import type pg from 'pg';
import { type DeliveryFilter, deliveryPageQuery, type StoredDelivery } from './deliveries.ts';
import { type EventFilter, eventPageQuery, type StoredEvent } from './events.ts';
import { firstIdAt, timeOfId } from './ids.ts';

/** The conditions of a search. A row must meet all that are given. */
export interface Search {
  /** Patterns of ILIKE, all of them in one text: the event's data, or an attempt's response or error. */
  patterns: readonly string[];
  /** For deliveries: these hooks' fit, too. */
  hookIds: readonly string[];
  /** A last look at the event's data, for what SQL cannot say. */
  fits: ((data: string) => boolean) | null;
}

export interface SearchPage<Row> {
  rows: Row[];
  /** The id down to which everything was looked at, where older rows are left; null when none are. */
  lookedAtTo: string | null;
}

/** Rows that are looked at by one statement. */
const stepRows = 2_000;
/** No further step begins after this, so that an answer comes soon. A step takes a few hundredths of a second. */
const budgetMs = 250;

/**
 * A page of the deliveries that fit, newest first. Looks at rows step by step, until the page is full or the time is over: no index
 * is kept for it, because one over texts would make writing dearer. The next page goes on where this one stopped.
 */
export function searchDeliveries(
  pool: pg.Pool,
  filter: DeliveryFilter,
  search: Search,
  limit: number,
): Promise<SearchPage<StoredDelivery>> {
  return searchSteps(pool, deliveryPageQuery, deliveryMatchQuery, { filter, search, limit });
}

/** The same for events. */
export function searchEvents(
  pool: pg.Pool,
  filter: EventFilter,
  search: Search,
  limit: number,
): Promise<SearchPage<StoredEvent>> {
  return searchSteps(pool, eventPageQuery, eventMatchQuery, { filter, search, limit });
}

interface Statement {
  text: string;
  values: unknown[];
}

async function searchSteps<Filter extends { from?: string; before?: string }, Row extends { id: string }>(
  pool: pg.Pool,
  pageQuery: (filter: Filter, limit: number) => Statement,
  matchQuery: (page: Statement, search: Search, limit: number) => Statement,
  { filter, search, limit }: { filter: Filter; search: Search; limit: number },
): Promise<SearchPage<Row>> {
  const deadline = performance.now() + budgetMs;
  const rows: Row[] = [];
  let place = filter;
  for (;;) {
    const step = await findEndOfStep(pool, pageQuery(place, stepRows));
    if (step === null) return { rows, lookedAtTo: null };
    const left = limit - rows.length;
    const within = { ...place, from: step.last };
    const statement = matchQuery(pageQuery(within, stepRows), search, left);
    const found = (await pool.query<Row & { searched_data: string | null }>(statement)).rows;
    for (const { searched_data, ...row } of found) {
      // Everything but `searched_data` is the row.
      if (search.fits === null || (searched_data !== null && search.fits(searched_data)))
        rows.push(row as unknown as Row);
    }
    // A full answer may have cut the step.
    const lookedAtTo = found.length === left ? (found.at(-1)?.id ?? step.last) : step.last;
    if (found.length < left && step.count < stepRows) return { rows, lookedAtTo: null };
    if (rows.length >= limit || performance.now() > deadline) return { rows, lookedAtTo };
    place = { ...place, before: lookedAtTo };
  }
}

/** The last id of a step and the number of its rows; null when there are none. */
async function findEndOfStep(pool: pg.Pool, page: Statement): Promise<{ last: string; count: number } | null> {
  const result = await pool.query<{ last: string; count: number }>(
    `SELECT id AS last, (count(*) OVER ())::int AS count FROM (${page.text}) AS page ORDER BY id LIMIT 1`,
    page.values,
  );
  return result.rows[0] ?? null;
}

function deliveryMatchQuery(page: Statement, { patterns, hookIds, fits }: Search, limit: number): Statement {
  const values = [...page.values];
  const pattern = `$${values.push(patterns)}::text[]`;
  // Scalar subqueries look a row's event and attempts up by key. EXISTS may become a join that reads all of a table.
  const inEvent = `(SELECT data ILIKE ALL (${pattern}) FROM events WHERE events.id = page.event_id)`;
  const inAttempts = `(SELECT bool_or(response ILIKE ALL (${pattern}) OR error_message ILIKE ALL (${pattern}))
    FROM attempts WHERE delivery_id = page.id)`;
  const condition =
    fits === null ? `hook_id = ANY($${values.push(hookIds)}::uuid[]) OR ${inEvent} OR ${inAttempts}` : inEvent;
  const data = fits === null ? 'NULL::text' : '(SELECT data FROM events WHERE events.id = page.event_id)';
  const text = `SELECT page.*, ${data} AS searched_data FROM (${page.text}) AS page WHERE ${condition}
    ORDER BY id DESC LIMIT $${values.push(limit)}`;
  return { text, values };
}

function eventMatchQuery(page: Statement, { patterns }: Search, limit: number): Statement {
  const values = [...page.values];
  const text = `SELECT page.*, page.data AS searched_data FROM (${page.text}) AS page
    WHERE data ILIKE ALL ($${values.push(patterns)}::text[]) ORDER BY id DESC LIMIT $${values.push(limit)}`;
  return { text, values };
}

/** The hooks of a workspace whose name or URL has all patterns; 1,000 at most. */
export async function findHooksByText(
  pool: pg.Pool,
  workspace: string,
  patterns: readonly string[],
): Promise<string[]> {
  const result = await pool.query<{ id: string }>(
    `SELECT id FROM event_hooks
     WHERE workspace = $1 AND (name ILIKE ALL ($2::text[]) OR config->>'url' ILIKE ALL ($2::text[])) LIMIT 1000`,
    [workspace, patterns],
  );
  return result.rows.map(({ id }) => id);
}

/** The events that a publisher gave this id, in any of `sources`. */
export async function findEventsByPublisherId(
  pool: pg.Pool,
  workspace: string,
  sources: readonly string[],
  publisherId: string,
): Promise<string[]> {
  const result = await pool.query<{ event_id: string }>(
    `SELECT event_id FROM publisher_ids WHERE workspace = $1 AND source = ANY($2::text[]) AND publisher_id = $3
     ORDER BY event_id DESC LIMIT 100`,
    [workspace, sources, publisherId],
  );
  return result.rows.map(({ event_id }) => event_id);
}

/** The deliveries that an id names: its own, those of its event, or those of its hook. */
export async function findDeliveriesByIds(
  pool: pg.Pool,
  filter: DeliveryFilter,
  ids: readonly string[],
  limit: number,
): Promise<StoredDelivery[]> {
  const found = new Map<string, StoredDelivery>();
  for (const id of ids) {
    const statements = [
      deliveryPageQuery({ ...filter, id }, limit),
      ...(filter.eventId === undefined ? [deliveryPageQuery({ ...filter, eventId: id }, limit)] : []),
      ...(filter.hook === undefined ? [deliveryPageQuery({ ...filter, hook: id }, limit)] : []),
    ];
    for (const statement of statements) {
      for (const row of (await pool.query<StoredDelivery>(statement)).rows) found.set(row.id, row);
    }
  }
  return [...found.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
}

/** The events of a workspace among `ids` that the filter lets through, newest first. */
export async function findEventsByIds(
  pool: pg.Pool,
  filter: EventFilter,
  ids: readonly string[],
): Promise<StoredEvent[]> {
  const pages = ids.map((id) => {
    const [from, before] = [firstIdAt(timeOfId(id)), firstIdAt(timeOfId(id) + 1)];
    return eventPageQuery({ ...filter, from: later(filter.from, from), before: earlier(filter.before, before), id }, 1);
  });
  const rows: StoredEvent[] = [];
  for (const page of pages) rows.push(...(await pool.query<StoredEvent>(page)).rows);
  return rows.toSorted((a, b) => (a.id < b.id ? 1 : -1));
}

function later(one: string | undefined, other: string): string {
  return one === undefined || one < other ? other : one;
}

function earlier(one: string | undefined, other: string): string {
  return one === undefined || one > other ? other : one;
}
