import type pg from 'pg';
import { textArray, uuidArray } from './binary-arrays.ts';
import { deliveryIdOf } from './ids.ts';
import type { Row } from './schema.ts';

/** A running replay of events: it goes through `(position, until_id)`. */
export type Backfill = Pick<Row<'replays'>, 'id' | 'workspace' | 'hook_id' | 'position' | 'until_id' | 'total'>;

export async function findBackfill(pool: pg.Pool, id: string): Promise<Backfill | undefined> {
  const result = await pool.query<Backfill>(
    `SELECT id, workspace, hook_id, position, until_id, total FROM replays
     WHERE id = $1 AND status = 'running' AND scope = 'events'`,
    [id],
  );
  return result.rows[0];
}

/** An event that a backfill looks at; `data` is JSON text. */
export type PastEvent = Pick<Row<'events'>, 'id' | 'source' | 'event' | 'data' | 'position'>;

export interface PastEvents {
  events: PastEvent[];
  /** Whether these are the last ones before `until_id`. */
  isEnd: boolean;
}

/**
 * The next events of a workspace and of some sources, oldest first, that the hook has no delivery for, or a cancelled one. Stops
 * before the first event that is not dispatched yet: its dispatch may be about to make the delivery.
 */
export async function listMissedEvents(
  pool: pg.Pool,
  range: Pick<Backfill, 'workspace' | 'hook_id' | 'position' | 'until_id'> & { sources: readonly string[] },
  most: number,
): Promise<PastEvents & { last: string | null }> {
  const result = await pool.query<PastEvent & { is_pending: boolean }>({
    name: 'list-past-events',
    text: `SELECT id, source, event, data, position,
        id IN (SELECT unnest(event_ids) FROM dispatch_batches) AS is_pending
      FROM events WHERE workspace = $1 AND id > $2 AND id < $3 AND source = ANY($4) ORDER BY id LIMIT $5`,
    values: [range.workspace, range.position, range.until_id, range.sources, most],
  });
  const pending = result.rows.findIndex(({ is_pending }) => is_pending);
  const rows = pending === -1 ? result.rows : result.rows.slice(0, pending);
  const known = await findKept(
    pool,
    rows.map(({ id }) => deliveryIdOf(id, range.hook_id)),
  );
  return {
    events: rows.filter(({ id }) => !known.has(deliveryIdOf(id, range.hook_id))),
    isEnd: pending === -1 && result.rows.length < most,
    last: rows.at(-1)?.id ?? null,
  };
}

/** The deliveries that a backfill leaves alone. */
async function findKept(pool: pg.Pool, ids: readonly string[]): Promise<Set<string>> {
  const result = await pool.query<{ id: string }>({
    name: 'find-kept-deliveries',
    text: `SELECT id FROM deliveries WHERE id = ANY($1::uuid[]) AND status <> 'cancelled'`,
    values: [ids],
  });
  return new Set(result.rows.map(({ id }) => id));
}

/** An event, and the name under which the hook hears of it. */
export interface MissedEvent {
  eventId: string;
  source: string;
  event: string;
  /** Null for a hook without order. */
  order: { laneKey: string; position: string } | null;
}

/**
 * Puts deliveries of missed events into the hook's backlog, and moves the backfill on, in one statement: it continues where it
 * was, whatever happens meanwhile. Does nothing when the backfill was ended or moved on by others.
 *
 * @returns the number of deliveries; null when the backfill ended with these, or was ended by others.
 */
export async function feedBackfill(
  pool: pg.Pool,
  backfill: Backfill,
  missed: readonly MissedEvent[],
  to: { position: string; isEnd: boolean },
): Promise<number | null> {
  const result = await pool.query<{ status: string; fed: number }>({
    name: 'feed-backfill',
    text: `WITH replay AS (
        SELECT * FROM replays WHERE id = $1 AND status = 'running' AND position = $2 FOR UPDATE
      ), fed AS (
        INSERT INTO deliveries AS known (id, event_id, hook_id, workspace, source, event, status, reason, next_attempt_at,
          order_key, order_position)
        SELECT given.id, event_id, replay.hook_id, replay.workspace, given.source, given.event, 'waiting', 'replay', now(),
          given.order_key, given.order_position
        FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $9::text[], $10::bigint[])
          AS given (id, event_id, source, event, order_key, order_position), replay
        ORDER BY given.id
        ON CONFLICT (id) DO UPDATE SET status = 'waiting', reason = 'replay', schedule_step = 0, next_attempt_at = now(),
          order_key = excluded.order_key, order_position = excluded.order_position, updated_at = now(), batch_id = NULL,
          past_batches = CASE WHEN known.batch_id IS NULL THEN known.past_batches
            ELSE array_append(known.past_batches, known.batch_id) END
        WHERE known.status = 'cancelled'
        RETURNING 1
      )
      UPDATE replays SET
        done = replays.done + (SELECT count(*) FROM fed),
        -- At the end it is known.
        total = CASE WHEN $8 THEN replays.done + (SELECT count(*) FROM fed)
          ELSE greatest(replays.total, replays.done + (SELECT count(*) FROM fed)) END,
        position = $7,
        status = CASE WHEN $8 THEN 'done' ELSE 'running' END,
        updated_at = now()
      FROM replay WHERE replays.id = replay.id
      RETURNING replays.status, (SELECT count(*)::int FROM fed) AS fed`,
    values: [
      backfill.id,
      backfill.position,
      uuidArray(missed.map(({ eventId }) => deliveryIdOf(eventId, backfill.hook_id))),
      uuidArray(missed.map(({ eventId }) => eventId)),
      textArray(missed.map(({ source }) => source)),
      textArray(missed.map(({ event }) => event)),
      to.position,
      to.isEnd,
      textArray(missed.map(({ order }) => order?.laneKey ?? null)),
      missed.map(({ order }) => order?.position ?? null),
    ],
  });
  const [row] = result.rows;
  return row === undefined || row.status !== 'running' ? null : row.fed;
}
