import type pg from 'pg';

/** The hooks whose breakers are not closed. */
export async function listOpenBreakers(pool: pg.Pool): Promise<string[]> {
  const result = await pool.query<{ hook_id: string }>('SELECT hook_id FROM hook_breakers');
  return result.rows.map((row) => row.hook_id);
}

/** Opens a hook's breaker; the first probe is due after `probeInMs`. Returns false when it is open already, or the hook is gone or disabled. */
export async function openBreaker(pool: pg.Pool, hookId: string, probeInMs: number): Promise<boolean> {
  const result = await pool.query(
    `INSERT INTO hook_breakers (hook_id, probe_at)
     SELECT id, now() + $2 * interval '1 ms' FROM event_hooks WHERE id = $1 AND enabled
     ON CONFLICT DO NOTHING`,
    [hookId, probeInMs],
  );
  return (result.rowCount ?? 0) > 0;
}

/**
 * Makes a breaker half-open when its probe is due: one of all callers gets the probe, for `leaseMs`.
 *
 * @returns how many probes failed before, or null: no probe for the caller.
 */
export async function beginProbe(pool: pg.Pool, hookId: string, leaseMs: number): Promise<number | null> {
  const result = await pool.query<{ failed_probes: number }>(
    `UPDATE hook_breakers SET probing = true, probe_at = now() + $2 * interval '1 ms'
     WHERE hook_id = $1 AND probe_at <= now() RETURNING failed_probes`,
    [hookId, leaseMs],
  );
  return result.rows[0]?.failed_probes ?? null;
}

/** Ends a failed probe: `failedProbes` have failed so far, and the next one may go after `probeInMs`. */
export async function endProbe(
  pool: pg.Pool,
  hookId: string,
  { failedProbes, probeInMs }: { failedProbes: number; probeInMs: number },
): Promise<void> {
  await pool.query(
    `UPDATE hook_breakers SET probing = false, failed_probes = greatest(failed_probes, $2), probe_at = now() + $3 * interval '1 ms'
     WHERE hook_id = $1`,
    [hookId, failedProbes, probeInMs],
  );
}

/** Closes a breaker. Returns since when it was open, or null when it was closed already. */
export async function closeBreaker(pool: pg.Pool, hookId: string): Promise<Date | null> {
  const result = await pool.query<{ opened_at: Date }>(
    'DELETE FROM hook_breakers WHERE hook_id = $1 RETURNING opened_at',
    [hookId],
  );
  return result.rows[0]?.opened_at ?? null;
}
