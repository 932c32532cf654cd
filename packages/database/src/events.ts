import type pg from 'pg';
import { textArray, uuidArray } from './binary-arrays.ts';
import { newId } from './ids.ts';
import type { Row } from './schema.ts';

export interface NewEvent {
  /** UUIDv7, made by us. */
  id: string;
  workspace: string;
  source: string;
  event: string;
  /** JSON text of the data object. */
  data: string;
  /** The publisher's own id, unique per workspace and source; null if none was given. */
  publisherId: string | null;
  /** The W3C Trace Context that the dispatch continues; null or absent for an event that is not traced. */
  traceparent?: string | null;
}

export interface EventReceipt {
  /** The event's id; for a duplicate, the id of the first event. */
  id: string;
  duplicate: boolean;
}

export interface CommittedBatch {
  /** The batch to enqueue; null when every event was a duplicate. */
  batchId: string | null;
  /** One receipt per event, in the order given. */
  receipts: EventReceipt[];
}

/** How long a committed batch may stay undispatched before the scheduler hands it to the queue itself. */
const dispatchGrace = '30 seconds';

const insertEvents = {
  name: 'insert-events',
  text: `WITH batch AS (
      INSERT INTO dispatch_batches (id, event_ids, due_at) VALUES ($1, $2, now() + interval '${dispatchGrace}')
      RETURNING position
    )
    INSERT INTO events (id, workspace, source, event, data, publisher_id, traceparent, position)
    SELECT given.id, workspace, source, event, data, publisher_id, traceparent, (batch.position << 16) + place
    FROM batch, unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
      WITH ORDINALITY AS given (id, workspace, source, event, data, publisher_id, traceparent, place)`,
};

/**
 * Commits events and the batch that will carry them to a worker, all or none. When it returns, they are on disk.
 *
 * An event whose (workspace, source, publisherId) is known already is not stored again, also when the same id is being
 * committed elsewhere at this moment: the statement waits for that transaction's end.
 */
export async function commitEvents(pool: pg.Pool, events: readonly NewEvent[]): Promise<CommittedBatch> {
  if (events.every((event) => event.publisherId === null)) {
    const batchId = newId();
    await pool.query({ ...insertEvents, values: insertValues(batchId, events) });
    return { batchId, receipts: events.map(({ id }) => ({ id, duplicate: false })) };
  }
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const receipts = await recordPublisherIds(client, events);
    const fresh = events.filter((_, index) => receipts[index]?.duplicate === false);
    const batchId = fresh.length > 0 ? newId() : null;
    if (batchId) await client.query({ ...insertEvents, values: insertValues(batchId, fresh) });
    await client.query('COMMIT');
    return { batchId, receipts };
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

function insertValues(batchId: string, events: readonly NewEvent[]): unknown[] {
  return [
    batchId,
    uuidArray(events.map((event) => event.id)),
    textArray(events.map((event) => event.workspace)),
    textArray(events.map((event) => event.source)),
    textArray(events.map((event) => event.event)),
    textArray(events.map((event) => event.data)),
    textArray(events.map((event) => event.publisherId)),
    textArray(events.map((event) => event.traceparent ?? null)),
  ];
}

/** Inserts in key order, so that two batches with the same ids wait for each other instead of deadlocking. */
async function recordPublisherIds(client: pg.PoolClient, events: readonly NewEvent[]): Promise<EventReceipt[]> {
  const first = new Map<string, NewEvent>();
  for (const event of events) {
    if (event.publisherId !== null && !first.has(keyOf(event))) first.set(keyOf(event), event);
  }
  const firsts = [...first.values()];
  const columns = [
    firsts.map((event) => event.workspace),
    firsts.map((event) => event.source),
    firsts.map((event) => event.publisherId),
  ];
  await client.query({
    name: 'record-publisher-ids',
    text: `INSERT INTO publisher_ids (workspace, source, publisher_id, event_id)
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) AS given (workspace, source, publisher_id, event_id)
      ORDER BY workspace, source, publisher_id
      ON CONFLICT DO NOTHING`,
    values: [...columns, firsts.map((event) => event.id)],
  });
  const holders = await client.query<{ workspace: string; source: string; publisher_id: string; event_id: string }>({
    name: 'read-publisher-ids',
    text: `SELECT workspace, source, publisher_id, event_id FROM publisher_ids
      WHERE (workspace, source, publisher_id) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`,
    values: columns,
  });
  const holderOf = new Map(
    holders.rows.map((row) => [JSON.stringify([row.workspace, row.source, row.publisher_id]), row.event_id]),
  );
  return events.map((event) => {
    if (event.publisherId === null) return { id: event.id, duplicate: false };
    const id = holderOf.get(keyOf(event)) ?? event.id;
    return { id, duplicate: id !== event.id };
  });
}

function keyOf(event: NewEvent): string {
  return JSON.stringify([event.workspace, event.source, event.publisherId]);
}

/** `data` is JSON text. */
export type StoredEvent = Omit<Row<'events'>, 'traceparent' | 'position'>;

export interface EventFilter {
  workspace: string;
  id?: string;
  source?: string;
  /** Any of these. */
  sources?: readonly string[];
  event?: string;
  /** Bounds as event ids (see firstIdAt), `from` inclusive, `before` exclusive. */
  from?: string;
  before?: string;
}

/** A page of events, newest first. */
export async function listEvents(pool: pg.Pool, filter: EventFilter, limit: number): Promise<StoredEvent[]> {
  return (await pool.query<StoredEvent>(eventPageQuery(filter, limit))).rows;
}

/** The statement of `listEvents`. */
export function eventPageQuery(
  filter: EventFilter,
  limit: number,
  columns = 'id, workspace, source, event, data, publisher_id',
): { text: string; values: unknown[] } {
  const conditions = ['workspace = $1', 'id >= $2', 'id < $3'];
  const values: unknown[] = [filter.workspace, filter.from ?? lowestId, filter.before ?? highestId];
  for (const column of ['id', 'source', 'event'] as const) {
    const value = filter[column];
    if (value !== undefined) conditions.push(`${column} = $${values.push(value)}`);
  }
  if (filter.sources) conditions.push(`source = ANY($${values.push(filter.sources)})`);
  const text = `SELECT ${columns} FROM events
    WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT $${values.push(limit)}`;
  return { text, values };
}

/** One event of a workspace, or undefined. */
export async function findEvent(pool: pg.Pool, workspace: string, id: string): Promise<StoredEvent | undefined> {
  const result = await pool.query<StoredEvent>(
    'SELECT id, workspace, source, event, data, publisher_id FROM events WHERE id = $1 AND workspace = $2',
    [id, workspace],
  );
  return result.rows[0];
}

export const lowestId = '00000000-0000-0000-0000-000000000000';
export const highestId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
