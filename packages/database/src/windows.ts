import type pg from 'pg';
import { float8Array, textArray, uuidArray } from './binary-arrays.ts';

/** Asks what becomes of a delivery of a hook with a `snooze` whose `snooze_edge` is not `leading`. */
export interface WindowRequest {
  id: string;
  eventId: string;
  hookId: string;
  /** The hook's revision as the caller knows it. */
  revision: string;
  workspace: string;
  /** The source and event under which the hook matched. */
  source: string;
  event: string;
  /** With `on_change` each digest has its window; without it the text is the same for all. */
  digest: string;
  /** For a delivery that fires now: when it is due again if its outcome is not recorded. */
  leaseMs: number;
  /** Null for a hook without order. */
  order: { laneKey: string; position: string } | null;
}

export interface WindowDecision {
  id: string;
  /**
   * `fires`: it opened a window with both edges, and is attempted now. `pending`: it is the last of its window so far,
   * and waits for the end. `suppressed`: another one stands for it. `cancelled`: the hook was disabled or deleted
   * meanwhile.
   */
  decision: 'fires' | 'pending' | 'suppressed' | 'cancelled';
  /** The window's end. */
  until: Date | null;
  /** The delivery that was the last one before, and is suppressed now. */
  replacedId: string | null;
}

/**
 * Decides deliveries and records them in one step. Each window always has exactly one pending delivery. A delivery that
 * has a record is left alone and gets no answer: a batch that runs again decides only what it had not.
 *
 * @param now fake time for tests. Without it the server's clock counts.
 * @throws Error when a hook was changed since the caller read it. Nothing is decided then.
 */
export async function decideWindows(
  pool: pg.Pool,
  requests: readonly WindowRequest[],
  now: Date | null = null,
): Promise<WindowDecision[]> {
  const column = <T>(pick: (request: WindowRequest) => T): T[] => requests.map(pick);
  const { rows } = await pool.query<Omit<WindowDecision, 'replacedId'> & { replaced_id: string | null }>({
    name: 'decide-windows',
    text: 'SELECT * FROM decide_windows($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
    values: [
      uuidArray(column(({ id }) => id)),
      uuidArray(column(({ eventId }) => eventId)),
      uuidArray(column(({ hookId }) => hookId)),
      column(({ revision }) => revision),
      textArray(column(({ workspace }) => workspace)),
      textArray(column(({ source }) => source)),
      textArray(column(({ event }) => event)),
      textArray(column(({ digest }) => digest)),
      float8Array(column(({ leaseMs }) => leaseMs)),
      textArray(column(({ order }) => order?.laneKey ?? null)),
      column(({ order }) => order?.position ?? null),
      now,
    ],
  });
  return rows.map(({ replaced_id: replacedId, ...decision }) => ({ ...decision, replacedId }));
}

/**
 * Ends windows whose time has come, `limit` at most: the pending delivery of each is due at once.
 *
 * @returns their number.
 */
export async function endWindows(pool: pg.Pool, limit: number, now: Date | null = null): Promise<number> {
  const { rows } = await pool.query<{ ended: number }>({
    name: 'end-windows',
    text: 'SELECT end_windows($1, $2) AS ended',
    values: [limit, now],
  });
  return rows[0]?.ended ?? 0;
}
