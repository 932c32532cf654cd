import type { Database, Quota, QuotaRefusal, QuotaRequest } from '@eventhooks/database';
import { takeQuotas } from '@eventhooks/database';

export interface QuotaGate {
  /** Takes `events` from all of the quotas, or from none of them. Null: the request passes. */
  take(quotas: readonly Quota[], events: number): Promise<QuotaRefusal>;
}

/** Requests per statement. */
const pageSize = 500;
/** The most refusals remembered. Above this, expired ones are forgotten. */
const maxRemembered = 10_000;

interface Waiting extends QuotaRequest {
  resolve(refusal: QuotaRefusal): void;
}

/** Until then, and as long as the limit is the same, a request of no fewer events is refused, too. */
interface Remembered {
  untilMs: number;
  events: number;
  quota: Quota;
}

/**
 * Asks PostgreSQL, which all admins share. Requests that come while a statement is under way share the next one, and a
 * quota that refused is not asked again before it can grant, so that a flood costs few statements.
 *
 * @param onError hears of statements that failed. Their requests pass: whether events can be taken is for the commit to
 * say.
 */
export function createQuotaGate({ pool }: Pick<Database, 'pool'>, onError: (error: Error) => void): QuotaGate {
  const refused = new Map<string, Remembered>();
  const waiting: Waiting[] = [];
  let isRunning = false;

  const remember = ({ events }: QuotaRequest, refusal: QuotaRefusal): void => {
    if (refusal === null) return;
    if (refused.size >= maxRemembered) forgetEnded(refused);
    const { by: quota, waitMs } = refusal;
    refused.set(quota.id, { untilMs: performance.now() + waitMs, events, quota });
  };
  const askOnce = async (page: readonly Waiting[]): Promise<void> => {
    try {
      const refusals = await takeQuotas(pool, page);
      for (const [index, request] of page.entries()) {
        const refusal = refusals[index] ?? null;
        remember(request, refusal);
        request.resolve(refusal);
      }
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
      for (const { resolve } of page) resolve(null);
    }
  };
  const run = async (): Promise<void> => {
    isRunning = true;
    while (waiting.length > 0) await askOnce(waiting.splice(0, pageSize));
    isRunning = false;
  };
  return {
    take(quotas, events) {
      const known = findRemembered(refused, quotas, events);
      if (known !== null) return Promise.resolve(known);
      return new Promise((resolve) => {
        waiting.push({ quotas, events, resolve });
        if (!isRunning) void run();
      });
    },
  };
}

function findRemembered(
  refused: ReadonlyMap<string, Remembered>,
  quotas: readonly Quota[],
  events: number,
): QuotaRefusal {
  for (const by of quotas) {
    const known = refused.get(by.id);
    if (known === undefined || known.quota.rate !== by.rate || known.quota.burst !== by.burst) continue;
    const waitMs = known.untilMs - performance.now();
    if (waitMs > 0 && events >= known.events) return { waitMs, by };
  }
  return null;
}

function forgetEnded(refused: Map<string, Remembered>): void {
  const now = performance.now();
  for (const [id, { untilMs }] of refused) if (untilMs <= now) refused.delete(id);
}
