import type { Role } from '@eventhooks/contract';

/** The caller of a request. */
export interface Actor {
  /** For the audit log: a token's name and id, `bootstrap`, or `anonymous` where no token is required. */
  name: string;
  role: Role;
  /** The only workspace that the token opens, or null for all. */
  workspace: string | null;
}
