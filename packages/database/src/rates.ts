import type pg from 'pg';

export interface RateRequest {
  hookId: string;
  wanted: number;
  perSecond: number;
}

export interface RateReservation {
  /** The number of reservations, evenly spaced. */
  granted: number;
  /** The time until the first reservation, from now; zero or less: at once. */
  firstInMs: number;
  /** The time until the first delivery without a reservation can expect one. */
  lineInMs: number;
}

/**
 * Reserves starts of attempts for hooks with a rate limit, one statement for all. No two callers, in whatever worker, get the
 * same start: over any period, a hook gets no more than its rate and a burst of 100 ms.
 *
 * @param horizonMs starts up to this far ahead are granted.
 * @param behindLine grants nothing while others stand in line: for new deliveries.
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

/** Returns reservations for which no delivery was due: the line has ended. */
export async function returnReservations(
  pool: pg.Pool,
  hookId: string,
  count: number,
  perSecond: number,
): Promise<void> {
  await pool.query('UPDATE hook_rates SET next_slot = next_slot - $2::float8, line_until = 0 WHERE hook_id = $1', [
    hookId,
    (count * 1_000) / perSecond,
  ]);
}
