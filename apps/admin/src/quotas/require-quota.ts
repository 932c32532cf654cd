import { API_ERRORS } from '@eventhooks/contract';
import type { AdminContext } from '../context.ts';
import { ApiError } from '../http/api-error.ts';
import type { NamedQuota } from './named-quota.ts';

/** A request that a rate limit refused. */
export class RateLimitedError extends ApiError {
  constructor({ of, rate, burst }: NamedQuota, waitMs: number) {
    const message = `The ${of} may publish ${rate} events per second, and ${burst} at once`;
    super(API_ERRORS.rate_limited.status, { message }, { 'Retry-After': String(Math.ceil(waitMs / 1000)) });
  }
}

/**
 * Takes `events` from the workspace's quota and from that of the token or endpoint. Without any there is nothing to wait for.
 *
 * @throws {RateLimitedError} Nothing is taken then.
 */
export async function requireQuota(
  { quotas, catalogue, metrics }: Pick<AdminContext, 'quotas' | 'catalogue' | 'metrics'>,
  { workspace, own, events }: { workspace: string; own: NamedQuota | null; events: number },
): Promise<void> {
  const ofWorkspace = catalogue.quotaOf(workspace);
  if (events === 0 || (own === null && ofWorkspace === null)) return;
  const given = [own, ofWorkspace].filter((quota) => quota !== null);
  const refusal = await quotas.take(given, events);
  const refusing = refusal === null ? undefined : given.find(({ id }) => id === refusal.by.id);
  if (refusal === null || refusing === undefined) return;
  metrics.rateLimited.inc({ by: refusing.of }, events);
  throw new RateLimitedError(refusing, refusal.waitMs);
}
