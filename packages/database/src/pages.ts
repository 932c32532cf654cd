import type pg from 'pg';
import { type DeliveryFilter, deliveryPageQuery, type StoredDelivery } from './deliveries.ts';
import { type EventFilter, eventPageQuery, type StoredEvent } from './events.ts';
import { lookStepByStep, readStepOf, type SearchPage, type Statement } from './steps.ts';

/** The first step costs a page of a common name nothing; the largest takes a few hundredths of a second. */
const stepRows = { first: 2_000, most: 16_000 };

/**
 * A page of the deliveries that the filter lets through, newest first. No index serves `source`, `event`, `errorCode` and the single
 * `status`: one for the first two made writing deliveries one and a half times as expensive. They are tested on the rows that the
 * others leave, for a quarter of a second. So no statistics of PostgreSQL, which may be old, decide how much is read.
 */
export async function pageDeliveries(
  pool: pg.Pool,
  filter: DeliveryFilter,
  limit: number,
): Promise<SearchPage<StoredDelivery>> {
  const { source, event, errorCode, status, ...indexed } = filter;
  const sifts = [source, event, errorCode, status].some((value) => value !== undefined);
  const hasTrouble = errorCode !== undefined || (status !== undefined && status !== 'succeeded');
  // A hook's own index is the shorter way.
  const isTroubled = hasTrouble && filter.hook === undefined;
  const stepQuery = ({ from, before }: DeliveryFilter, rows: number) =>
    deliveryPageQuery({ ...indexed, isTroubled, ...boundsOf(from, before) }, rows, 'id');
  return sifts
    ? sift<DeliveryFilter, StoredDelivery>(pool, filter, limit, { stepQuery, pageQuery: deliveryPageQuery })
    : readAll<StoredDelivery>(pool, deliveryPageQuery(filter, limit));
}

/** The same for events, whose `source`, `sources` and `event` no index serves. */
export async function pageEvents(pool: pg.Pool, filter: EventFilter, limit: number): Promise<SearchPage<StoredEvent>> {
  const { source, sources, event, ...indexed } = filter;
  const stepQuery = ({ from, before }: EventFilter, rows: number) =>
    eventPageQuery({ ...indexed, ...boundsOf(from, before) }, rows, 'id');
  const sifts = [source, sources, event].some((value) => value !== undefined);
  return sifts
    ? sift<EventFilter, StoredEvent>(pool, filter, limit, { stepQuery, pageQuery: eventPageQuery })
    : readAll<StoredEvent>(pool, eventPageQuery(filter, limit));
}

async function readAll<Row extends object>(pool: pg.Pool, page: Statement): Promise<SearchPage<Row>> {
  return { rows: (await pool.query<Row>(page)).rows, lookedAtTo: null };
}

interface SiftQueries<Filter> {
  /** The rows among which those of a page are found by looking at each. */
  stepQuery(filter: Filter, rows: number): Statement;
  pageQuery(filter: Filter, limit: number): Statement;
}

function sift<Filter extends { from?: string; before?: string }, Row extends { id: string }>(
  pool: pg.Pool,
  filter: Filter,
  limit: number,
  { stepQuery, pageQuery }: SiftQueries<Filter>,
): Promise<SearchPage<Row>> {
  return lookStepByStep(filter, limit, {
    stepRows,
    readStep: (place, rows) => readStepOf(pool, stepQuery(place, rows), rows),
    async readFitting(within, _step, left) {
      const { rows } = await pool.query<Row>(pageQuery(within, left));
      return { rows, cutAt: rows.length === left ? (rows.at(-1)?.id ?? null) : null };
    },
  });
}

function boundsOf(from: string | undefined, before: string | undefined): { from?: string; before?: string } {
  return { ...(from !== undefined && { from }), ...(before !== undefined && { before }) };
}
