import type pg from 'pg';
import { type AttemptedDelivery, attemptedColumns, findInPages, pagesOf } from './attempts.ts';
import { type DeliveryFilter, deliveryPageQuery, type StoredDelivery } from './deliveries.ts';
import { type EventFilter, eventPageQuery, type StoredEvent } from './events.ts';
import { firstIdAt, timeOfId } from './ids.ts';
import { lookStepByStep, readStepOf, type SearchPage, type Statement, type Step } from './steps.ts';

/** The conditions of a search. A row must meet all that are given. */
export interface Search {
  /**
   * Parts that one text has, all of them, in upper or lower case: the event's data, or an attempt's response or error.
   * JSON text.
   */
  texts: readonly string[];
  /** For deliveries: these hooks' fit, too. */
  hookIds: readonly string[];
  /** A last look at the event's data, for what SQL cannot say. */
  fits: ((data: string) => boolean) | null;
}

/** Rows that are looked at by one statement. */
const stepRows = 2_000;
/** Pages of attempts that are read for one statement. Each has the attempts of up to a thousand deliveries. */
const stepPages = 64;

/**
 * A page of the deliveries that fit, newest first. Looks at rows step by step, until the page is full or the time is
 * over: no index is kept for it, because one over texts would make writes more expensive. The next page goes on where
 * this one stopped.
 */
export function searchDeliveries(
  pool: pg.Pool,
  filter: DeliveryFilter,
  search: Search,
  limit: number,
): Promise<SearchPage<StoredDelivery>> {
  const readStep =
    search.fits === null
      ? (step: DeliveryFilter) => readPagedStep(pool, step, search.texts)
      : (step: DeliveryFilter) => readPlainStep(pool, deliveryPageQuery(step, stepRows));
  return searchSteps(pool, { pageQuery: deliveryPageQuery, readStep, matchQuery: deliveryMatchQuery }, filter, {
    search,
    limit,
  });
}

/** The same for events. */
export function searchEvents(
  pool: pg.Pool,
  filter: EventFilter,
  search: Search,
  limit: number,
): Promise<SearchPage<StoredEvent>> {
  const readStep = (step: EventFilter) => readPlainStep(pool, eventPageQuery(step, stepRows));
  return searchSteps(pool, { pageQuery: eventPageQuery, readStep, matchQuery: eventMatchQuery }, filter, {
    search,
    limit,
  });
}

/** Rows, of which some fit because of what their pages of attempts hold. */
interface PagedStep extends Step {
  inPages: readonly string[];
}

interface Searched<Filter> {
  pageQuery(filter: Filter, limit: number): Statement;
  readStep(filter: Filter): Promise<PagedStep | null>;
  matchQuery(page: Statement, search: Search, step: PagedStep, limit: number): Statement;
}

function searchSteps<Filter extends { from?: string; before?: string }, Row extends { id: string }>(
  pool: pg.Pool,
  { pageQuery, readStep, matchQuery }: Searched<Filter>,
  filter: Filter,
  { search, limit }: { search: Search; limit: number },
): Promise<SearchPage<Row>> {
  return lookStepByStep(filter, limit, {
    stepRows: { first: stepRows, most: stepRows },
    readStep,
    async readFitting(within, step, left) {
      const statement = matchQuery(pageQuery(within, stepRows), search, step, left);
      const found = (await pool.query<Row & { searched_data: string | null }>(statement)).rows;
      const rows = found.flatMap(({ searched_data, ...row }) =>
        // Everything but `searched_data` is the row.
        search.fits === null || (searched_data !== null && search.fits(searched_data)) ? [row as unknown as Row] : [],
      );
      return { rows, cutAt: found.length === left ? (found.at(-1)?.id ?? null) : null };
    },
  });
}

/** The next rows; null when there are none. */
async function readPlainStep(pool: pg.Pool, page: Statement): Promise<PagedStep | null> {
  const step = await readStepOf(pool, page, stepRows);
  return step && { ...step, inPages: [] };
}

/** The next deliveries, with a look into their pages of attempts; null when there are none. */
async function readPagedStep(
  pool: pg.Pool,
  filter: DeliveryFilter,
  texts: readonly string[],
): Promise<PagedStep | null> {
  const { rows } = await pool.query<AttemptedDelivery>(deliveryPageQuery(filter, stepRows, attemptedColumns));
  const pages = new Set<string>();
  let count = 0;
  for (const row of rows) {
    for (const page of pagesOf(row)) pages.add(page);
    if (pages.size > stepPages && count > 0) break;
    count += 1;
  }
  const step = rows.slice(0, count);
  const last = step.at(-1);
  if (!last) return null;
  const isLast = rows.length < stepRows && count === rows.length;
  return { last: last.id, isLast, inPages: await findInPages(pool, step, texts) };
}

function deliveryMatchQuery(page: Statement, search: Search, { inPages }: PagedStep, limit: number): Statement {
  const { texts, hookIds, fits } = search;
  const values = [...page.values];
  const pattern = `$${values.push(texts.map(toPattern))}::text[]`;
  // Scalar subqueries look a row's event and attempts up by key. EXISTS may become a join that reads all of a table.
  const inEvent = `(SELECT data ILIKE ALL (${pattern}) FROM events WHERE events.id = page.event_id)`;
  const inAttempts = `(SELECT bool_or(response ILIKE ALL (${pattern}) OR error_message ILIKE ALL (${pattern}))
    FROM attempts WHERE delivery_id IN (page.id, page.batch_id))`;
  const condition =
    fits === null
      ? `hook_id = ANY($${values.push(hookIds)}::uuid[]) OR page.id = ANY($${values.push(inPages)}::uuid[]) OR ${inEvent} OR ${inAttempts}`
      : inEvent;
  const data = fits === null ? 'NULL::text' : '(SELECT data FROM events WHERE events.id = page.event_id)';
  const text = `SELECT page.*, ${data} AS searched_data FROM (${page.text}) AS page WHERE ${condition}
    ORDER BY id DESC LIMIT $${values.push(limit)}`;
  return { text, values };
}

function eventMatchQuery(page: Statement, { texts }: Search, _step: PagedStep, limit: number): Statement {
  const values = [...page.values];
  const text = `SELECT page.*, page.data AS searched_data FROM (${page.text}) AS page
    WHERE data ILIKE ALL ($${values.push(texts.map(toPattern))}::text[]) ORDER BY id DESC LIMIT $${values.push(limit)}`;
  return { text, values };
}

/** The text as a part of another, for ILIKE. */
function toPattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/** The hooks of a workspace whose name or URL has all `texts`; 1,000 at most. */
export async function findHooksByText(pool: pg.Pool, workspace: string, texts: readonly string[]): Promise<string[]> {
  const result = await pool.query<{ id: string }>(
    `SELECT id FROM event_hooks
     WHERE workspace = $1 AND (name ILIKE ALL ($2::text[]) OR config->>'url' ILIKE ALL ($2::text[])) LIMIT 1000`,
    [workspace, texts.map(toPattern)],
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
