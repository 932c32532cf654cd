import type pg from 'pg';

/** Stores a probe for a worker to run; see @eventhooks/contract for what the text holds. */
export async function insertProbe(pool: pg.Pool, id: string, request: string): Promise<void> {
  await pool.query('INSERT INTO probes (id, request) VALUES ($1, $2)', [id, request]);
}

/** What a worker is to run; null when nobody waits for it any more. */
export async function readProbe(pool: pg.Pool, id: string): Promise<string | null> {
  const result = await pool.query<{ request: string }>('SELECT request FROM probes WHERE id = $1', [id]);
  return result.rows[0]?.request ?? null;
}

/** Stores the result and announces it as `probe:<id>` to whoever waits. */
export async function answerProbe(pool: pg.Pool, id: string, result: string): Promise<void> {
  await pool.query(
    `WITH answered AS (UPDATE probes SET result = $2 WHERE id = $1 RETURNING id)
     SELECT pg_notify('eventhooks_changes', 'probe:' || id) FROM answered`,
    [id, result],
  );
}

/** The result, once there is one. */
export async function readProbeResult(pool: pg.Pool, id: string): Promise<string | null> {
  const result = await pool.query<{ result: string | null }>('SELECT result FROM probes WHERE id = $1', [id]);
  return result.rows[0]?.result ?? null;
}

/** Removes a probe, answered or given up. */
export async function deleteProbe(pool: pg.Pool, id: string): Promise<void> {
  await pool.query('DELETE FROM probes WHERE id = $1', [id]);
}
