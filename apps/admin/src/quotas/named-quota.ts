import { completeRateLimit, type RateLimit } from '@eventhooks/contract';
import type { Quota } from '@eventhooks/database';

/** A quota with the word for its owner. */
export interface NamedQuota extends Quota {
  of: 'token' | 'workspace' | 'endpoint';
}

export function quotaOf(of: NamedQuota['of'], owner: { id: string; rate_limit: RateLimit | null }): NamedQuota | null {
  return owner.rate_limit === null ? null : { of, id: owner.id, ...completeRateLimit(owner.rate_limit) };
}
