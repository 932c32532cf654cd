import type pg from 'pg';

export interface RateRequest {
  hookId: string;
  wanted: number;
  perSecond: number;
}

export interface RateReservation {
  /** How many of those wanted may go, evenly spaced. */
  granted: number;
  /** When the first may, from now; not positive: it may at once. */
  firstInMs: number;
  /** When the first that was not granted can expect its turn. */
  lineInMs: number;
}

/**
 * Reserves slots of hooks with a rate limit, one statement for all. Of all callers, whatever worker they are in, no two get the
 * same slot: over any stretch of time a hook gets no more than its rate and a burst of 100 ms.
 *
 * @param horizonMs slots up to this far ahead are granted.
 * @param behindLine grants nothing while others stand in line: for what comes new.
 * @returns by hook; a hook that is gone is missing.
 */
export async function reserveRates(
  pool: pg.Pool,
  requests: readonly RateRequest[],
  { horizonMs, behindLine }: { horizonMs: number; behindLine: boolean },
): Promise<Map<string, RateReservation>> {
  const result = await pool.query<{ hook_id: string; granted: number; first_in_ms: number; line_in_ms: number }>({
    name: 'reserve-slots',
    text: 'SELECT * FROM reserve_slots($1, $2, $3, $4, $5)',
    values: [
      requests.map(({ hookId }) => hookId),
      requests.map(({ wanted }) => wanted),
      requests.map(({ perSecond }) => perSecond),
      horizonMs,
      behindLine,
    ],
  });
  return new Map(
    result.rows.map((row) => [
      row.hook_id,
      { granted: row.granted, firstInMs: row.first_in_ms, lineInMs: row.line_in_ms },
    ]),
  );
}

/** Gives slots back that nothing was due for: the line has ended. */
export async function returnReservations(
  pool: pg.Pool,
  hookId: string,
  slots: number,
  perSecond: number,
): Promise<void> {
  await pool.query('UPDATE hook_rates SET next_slot = next_slot - $2::float8, line_until = 0 WHERE hook_id = $1', [
    hookId,
    (slots * 1_000) / perSecond,
  ]);
}
