import type { Role } from '@eventhooks/contract';
import type { NamedQuota } from '../quotas/named-quota.ts';

/** The caller of a request. */
export interface Actor {
  /** For the audit log: a token's name and id, `bootstrap`, or `anonymous` where no token is required. */
  name: string;
  role: Role;
  /** The only workspace that the token opens, or null for all. */
  workspace: string | null;
  /** The token's rate limit, or null. */
  quota: NamedQuota | null;
}
