import type { Pool } from 'pg';
import { claimWith, type Decide, snoozeMsOf } from './claim-plan.ts';
import type { Suppression } from './suppression.ts';

export interface PostgresSuppressionOptions {
  pool: Pool;
  /** Fake time for tests; the server's clock when not given. */
  nowMs?: () => number;
}

const cleanEveryMs = 60_000;
/** Rows of each table that one cleaning removes at most. */
const cleanLimit = 1_000;

/**
 * Suppression by the function `claim_firings`, which the database's migrations make: one statement for up to 2,000
 * requests. It locks the hooks' rows in the order of their keys, so callers wait for each other and never in a circle.
 *
 * Claims do not wait for the disk. What a crash of PostgreSQL loses of them are the last tenths of a second, and then
 * also every outcome recorded after them: those events are decided, and some of them delivered, again.
 */
export function createPostgresSuppression({ pool, nowMs }: PostgresSuppressionOptions): Suppression {
  const now = (): Date | null => (nowMs === undefined ? null : new Date(nowMs()));
  let cleanAt = 0;

  const decide: Decide = async (batchId, requests) => {
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

  /** Removes what expired; again with the next release while there is more than one cleaning's worth. */
  const clean = async () => {
    const { rows } = await pool.query<{ removed: number }>('SELECT clean_firing_state($1, $2) AS removed', [
      cleanLimit,
      now(),
    ]);
    const isDone = (rows[0]?.removed ?? 0) < cleanLimit;
    if (isDone) cleanAt = performance.now() + cleanEveryMs;
  };

  return {
    claim: (batchId, requests) => claimWith(decide, batchId, requests),
    release: async (batchId) => {
      await pool.query('DELETE FROM firing_claims WHERE batch_id = $1', [batchId]);
      if (performance.now() >= cleanAt) await clean();
    },
    close: async () => {},
  };
}
