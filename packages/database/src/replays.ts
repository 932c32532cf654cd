import { type Kysely, type Selectable, sql } from 'kysely';
import type pg from 'pg';
import { type DeliveryStatus, leaveBatch } from './deliveries.ts';
import { lowestId } from './events.ts';
import { firstIdAt, newId } from './ids.ts';
import type { ReplaysTable } from './schema/deliveries.ts';
import type { Row, Schema } from './schema.ts';

export type ReplayRow = Selectable<ReplaysTable>;

/** A waiting delivery is replayed only when it waits for its next retry: any other is on its way already. */
const isReplayable = `(deliveries.status <> 'waiting' OR deliveries.reason = 'retry')`;

export interface NewReplay {
  workspace: string;
  hookId: string;
  /** Inclusive, the time of publishing; null: from the oldest event on. */
  since: Date | null;
  /** Exclusive. */
  until: Date;
  scope: ReplayRow['scope'];
  statuses: readonly DeliveryStatus[];
  /** The deliveries of a replay of events, as far as they were counted. */
  total?: number;
}

/** Begins a replay, and counts the deliveries before it; null when a replay of the hook already runs. */
export async function insertReplay(db: Kysely<Schema>, replay: NewReplay): Promise<ReplayRow | null> {
  const { workspace, hookId, since, until, scope, statuses } = replay;
  const position = since === null ? lowestId : firstIdAt(since.getTime());
  const untilId = firstIdAt(until.getTime());
  const { rows } = await sql<ReplayRow>`
    INSERT INTO replays (id, workspace, hook_id, since, until, scope, statuses, position, until_id, total)
    SELECT ${newId()}, ${workspace}, ${hookId}, ${since}, ${until}, ${scope}, ${statuses}, ${position}, ${untilId},
      ${replay.total ?? 0} + (SELECT count(*)::int FROM deliveries
       WHERE hook_id = ${hookId} AND id > ${position} AND id < ${untilId} AND status = ANY(${statuses}::text[])
         AND ${sql.raw(isReplayable)})
    ON CONFLICT (hook_id) WHERE status = 'running' DO NOTHING
    RETURNING *`.execute(db);
  return rows[0] ?? null;
}

export async function findReplay(db: Kysely<Schema>, workspace: string, id: string): Promise<ReplayRow | undefined> {
  return db
    .selectFrom('replays')
    .selectAll()
    .where('workspace', '=', workspace)
    .where('id', '=', id)
    .executeTakeFirst();
}

export interface ReplayPageRequest {
  workspace: string;
  size: number;
  /** The last id of the page before. */
  after: string | null;
  hookId: string | null;
}

/** A page of replays, newest first, one more than asked for when there are more. */
export async function listReplays(db: Kysely<Schema>, request: ReplayPageRequest): Promise<ReplayRow[]> {
  const { workspace, size, after, hookId } = request;
  let query = db.selectFrom('replays').selectAll().where('workspace', '=', workspace);
  if (after !== null) query = query.where('id', '<', after);
  if (hookId !== null) query = query.where('hook_id', '=', hookId);
  return query
    .orderBy('id', 'desc')
    .limit(size + 1)
    .execute();
}

/** Cancels a running replay. Returns it as it was, or undefined: there is none, or it does not run. */
export async function cancelReplay(db: Kysely<Schema>, workspace: string, id: string): Promise<ReplayRow | undefined> {
  const row = await db
    .updateTable('replays')
    .set({ status: 'cancelled', updated_at: sql<Date>`now()` })
    .where('workspace', '=', workspace)
    .where('id', '=', id)
    .where('status', '=', 'running')
    .returningAll()
    .executeTakeFirst();
  return row && { ...row, status: 'running' };
}

/** A replay that may continue now: its hook is enabled, no open breaker holds it, and its line is short. */
export interface FeedableReplay {
  id: string;
  rate_limit: number | null;
  scope: ReplayRow['scope'];
  hook_id: string;
}

/** Replays that may continue, the one fed longest ago first. Cancels those whose hook is deleted or disabled. */
export async function listFeedableReplays(
  pool: pg.Pool,
  { limit, shortLine }: { limit: number; shortLine: number },
): Promise<FeedableReplay[]> {
  const result = await pool.query<FeedableReplay>({
    name: 'list-feedable-replays',
    text: `WITH ended AS (
        UPDATE replays SET status = 'cancelled', updated_at = now()
        WHERE status = 'running' AND NOT EXISTS (SELECT FROM event_hooks WHERE id = replays.hook_id AND enabled)
      )
      SELECT replays.id, replays.scope, replays.hook_id, hook.rate_limit FROM replays JOIN event_hooks AS hook ON hook.id = replays.hook_id
      WHERE replays.status = 'running' AND hook.enabled
        AND NOT EXISTS (SELECT FROM hook_breakers AS breaker WHERE breaker.hook_id = hook.id)
        AND (SELECT count(*) FROM (
          SELECT FROM deliveries WHERE hook_id = hook.id AND next_attempt_at <= now() LIMIT $2) AS due) < $2
      ORDER BY replays.updated_at LIMIT $1`,
    values: [limit, shortLine],
  });
  return result.rows;
}

/**
 * Moves a replay's next deliveries into their hook's line, oldest first, and looks at `most` of them. One statement, so that
 * a replay continues where it was, whatever happens meanwhile.
 *
 * @returns the number of moved deliveries; null when the replay ended with these, or was ended by others.
 */
export async function feedReplay(pool: pg.Pool, id: string, most: number): Promise<number | null> {
  const result = await pool.query<{ status: string; fed: number }>({
    name: 'feed-replay',
    text: `WITH replay AS (
        SELECT * FROM replays WHERE id = $1 AND status = 'running' FOR UPDATE
      ), looked_at AS MATERIALIZED (
        SELECT next.id FROM replay CROSS JOIN LATERAL (
          SELECT id FROM deliveries
          WHERE hook_id = replay.hook_id AND id > replay.position AND id < replay.until_id
          ORDER BY id LIMIT $2) AS next
      ), fed AS (
        UPDATE deliveries SET status = 'waiting', reason = 'replay', schedule_step = 0, next_attempt_at = now(), updated_at = now(),
          ${leaveBatch}
        FROM looked_at, replay
        WHERE deliveries.id = looked_at.id AND deliveries.status = ANY(replay.statuses) AND ${isReplayable}
        RETURNING 1
      )
      UPDATE replays SET
        done = replays.done + (SELECT count(*) FROM fed),
        position = coalesce((SELECT looked_at.id FROM looked_at ORDER BY looked_at.id DESC LIMIT 1), replays.position),
        status = CASE WHEN (SELECT count(*) FROM looked_at) < $2 THEN 'done' ELSE 'running' END,
        updated_at = now()
      FROM replay WHERE replays.id = replay.id
      RETURNING replays.status, (SELECT count(*)::int FROM fed) AS fed`,
    values: [id, most],
  });
  const [row] = result.rows;
  return row === undefined || row.status !== 'running' ? null : row.fed;
}

/** A delivery to replay that has no key of the hook's current `order_by`; `data` is JSON text. */
export type UnkeyedDelivery = Pick<Row<'deliveries'>, 'id' | 'event_id' | 'source' | 'event'> &
  Pick<Row<'events'>, 'data' | 'position'>;

/** Deliveries without a current key among the next `most` of a replay: they were recorded before `order_by` was set or changed. */
export async function listUnkeyed(
  pool: pg.Pool,
  id: string,
  oldestKey: string,
  most: number,
): Promise<UnkeyedDelivery[]> {
  const result = await pool.query<UnkeyedDelivery>({
    name: 'list-unkeyed',
    text: `SELECT page.id, page.event_id, page.source, page.event, events.data, events.position
      FROM replays CROSS JOIN LATERAL (
        SELECT * FROM deliveries WHERE hook_id = replays.hook_id AND id > replays.position AND id < replays.until_id
        ORDER BY id LIMIT $2) AS page
      JOIN events ON events.id = page.event_id
      WHERE replays.id = $1 AND page.status <> 'waiting' AND (page.order_key IS NULL OR page.order_key < $3)`,
    values: [id, most, oldestKey],
  });
  return result.rows;
}

/** Gives deliveries that have ended their lanes. */
export async function keyDeliveries(
  pool: pg.Pool,
  keyed: readonly { id: string; laneKey: string; position: string }[],
): Promise<void> {
  await pool.query(
    `UPDATE deliveries SET order_key = given.lane_key, order_position = given.place
     FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS given (id, lane_key, place)
     WHERE deliveries.id = given.id AND deliveries.status <> 'waiting'`,
    [keyed.map(({ id }) => id), keyed.map(({ laneKey }) => laneKey), keyed.map(({ position }) => position)],
  );
}

/** Forgets replays that ended before `cutoffMs`. */
export async function deleteExpiredReplays(pool: pg.Pool, cutoffMs: number): Promise<void> {
  await pool.query(`DELETE FROM replays WHERE status <> 'running' AND updated_at < $1`, [new Date(cutoffMs)]);
}
