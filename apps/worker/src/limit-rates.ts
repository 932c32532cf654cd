import {
  type Database,
  type DeliveryRecord,
  type RateRequest,
  type RateReservation,
  reserveRates,
} from '@eventhooks/database';
import type { Firing } from './firing.ts';
import { recordWaiting } from './records.ts';

/** Slots are reserved this far ahead for a line, which is served once a second or a little later. */
const horizonMs = 2_000;
/** A turn is not expected later than this: should the line get shorter than it looked, nobody waits in vain for long. */
const longestTurnMs = 60_000;

/**
 * Holds back what exceeds the rate limit of its hook, or comes while others stand in its line: one call for all. The place in
 * the line is when the turn is expected.
 */
export async function limitRates(
  firings: readonly Firing[],
  { pool }: Database,
): Promise<{ firing: readonly Firing[]; limited: DeliveryRecord[] }> {
  const counts = new Map<string, RateRequest>();
  for (const { hook } of firings) {
    if (hook.rate_limit === null) continue;
    const request = counts.get(hook.id) ?? { hookId: hook.id, wanted: 0, perSecond: hook.rate_limit };
    counts.set(hook.id, { ...request, wanted: request.wanted + 1 });
  }
  if (counts.size === 0) return { firing: firings, limited: [] };
  const grants = await reserveRates(pool, [...counts.values()], { horizonMs: 0, behindLine: true });
  const places = new Map<string, number>();
  const limited: DeliveryRecord[] = [];
  const firing = firings.filter((one) => {
    const grant = grants.get(one.hook.id);
    if (!grant || one.hook.rate_limit === null) return true;
    const place = places.get(one.hook.id) ?? 0;
    places.set(one.hook.id, place + 1);
    if (place < grant.granted) return true;
    const turnMs = grant.lineInMs + ((place - grant.granted) * 1_000) / one.hook.rate_limit;
    limited.push(recordWaiting(one, 'rate_limited', Math.min(turnMs, longestTurnMs)));
    return false;
  });
  return { firing, limited };
}

/** Slots for what stands in lines, by hook. */
export function reserveForLines(
  requests: readonly RateRequest[],
  { pool }: Database,
): Promise<Map<string, RateReservation>> {
  return reserveRates(pool, requests, { horizonMs, behindLine: false });
}
