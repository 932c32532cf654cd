import type { Pool } from 'pg';
import { type DecideStep, decideInSteps, snoozeMsOf } from './decide-in-steps.ts';
import type { Suppression } from './suppression.ts';

export interface PostgresSuppressionOptions {
  pool: Pool;
  /** Fake time for tests. Without it the server's clock counts. */
  nowMs?: () => number;
}

const cleanEveryMs = 60_000;
/** The most rows of each table that one cleaning removes. */
const cleanLimit = 1_000;

/**
 * Suppression by the function `claim_firings` (claim-firings.sql): one statement for up to 2,000 requests. It locks the
 * hooks' rows in the order of their keys, so concurrent callers wait for each other and cannot deadlock.
 *
 * Decisions do not wait for the disk. A crash of PostgreSQL loses those of the last tenths of a second, together with
 * every outcome recorded after them. The events concerned are decided again, and some of them are delivered again.
 */
export function createPostgresSuppression({ pool, nowMs }: PostgresSuppressionOptions): Suppression {
  const now = (): Date | null => (nowMs === undefined ? null : new Date(nowMs()));
  let cleanAt = 0;

  const decideStep: DecideStep = async (batchId, requests) => {
    const { rows } = await pool.query<{ decisions: string[] }>(
      'SELECT claim_firings($1, $2, $3, $4, $5, $6, $7) AS decisions',
      [
        batchId,
        requests.map(({ hookKey }) => hookKey),
        requests.map(({ eventId }) => eventId),
        requests.map(({ digest }) => digest),
        requests.map(snoozeMsOf),
        requests.map(({ onChange }) => onChange),
        now(),
      ],
    );
    return rows[0]?.decisions ?? [];
  };

  /** Removes expired rows. If there are more than the limit, the next release removes more. */
  const clean = async () => {
    const { rows } = await pool.query<{ removed: number }>('SELECT clean_firing_state($1, $2) AS removed', [
      cleanLimit,
      now(),
    ]);
    const isDone = (rows[0]?.removed ?? 0) < cleanLimit;
    if (isDone) cleanAt = performance.now() + cleanEveryMs;
  };

  return {
    decide: (batchId, requests) => decideInSteps(decideStep, batchId, requests),
    release: async (batchId) => {
      await pool.query('DELETE FROM firing_claims WHERE batch_id = $1', [batchId]);
      if (performance.now() >= cleanAt) await clean();
    },
    close: async () => {},
  };
}
