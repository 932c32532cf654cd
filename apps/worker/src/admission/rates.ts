import { type Database, type RateReservation, reserveRates } from '@eventhooks/database';
import { type Candidate, holdBack } from './candidate.ts';
import type { DeliverySource } from './grant.ts';

/** A backlog, which is visited once a second or a little later, gets reservations this far ahead. */
const backlogHorizonMs = 2_000;

/** Reserves what the rate limits of the candidates' hooks leave, in one call for all, and holds back the rest. */
export async function reserve(
  candidates: readonly Candidate[],
  source: DeliverySource,
  { pool }: Database,
  now: () => number,
): Promise<void> {
  const requests = candidates.map(({ hookId, hook, left }) => ({
    hookId,
    wanted: left,
    perSecond: hook?.rate_limit ?? 0,
  }));
  const reservations = await reserveRates(pool, requests, {
    horizonMs: source === 'backlog' ? backlogHorizonMs : 0,
    // New events do not overtake the backlog of a hook with a rate limit.
    behindLine: source === 'event',
  });
  const reservedAt = now();
  for (const candidate of candidates) apply(candidate, reservations.get(candidate.hookId), source, reservedAt);
}

/** @param reservation is missing when the hook is gone from the table: then no limit holds. */
function apply(
  candidate: Candidate,
  reservation: RateReservation | undefined,
  source: DeliverySource,
  reservedAt: number,
): void {
  const perSecond = candidate.hook?.rate_limit ?? 0;
  if (!reservation) {
    // Its backlog is left alone: the scheduler finds out that the hook is gone.
    if (source === 'backlog') holdBack(candidate, 'rate_limited', 0);
    return;
  }
  const { granted, firstInMs, lineInMs } = reservation;
  holdBack(candidate, 'rate_limited', granted, lineInMs, 1_000 / perSecond);
  if (source === 'backlog' && granted > 0) candidate.pace = { firstAt: reservedAt + firstInMs, perSecond };
}
