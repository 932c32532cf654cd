import type { Generated } from 'kysely';
import type { Timestamp } from './columns.ts';

/** The three tables of firings are written by the functions of the package `suppression`. */
export interface FiringHooksTable {
  hook_key: string;
  last_digest: string | null;
  snoozed_until: Date | null;
  /** A bigint, so pg reads it as text. */
  suppressed: Generated<string>;
  expires_at: Timestamp;
}

export interface FiringDigestsTable {
  hook_key: string;
  digest: string;
  snoozed_until: Timestamp;
}

export interface FiringClaimsTable {
  batch_id: string;
  hook_keys: string[];
  event_ids: string[];
  decisions: string[];
  expires_at: Timestamp;
}

/** Written by the functions of windows.ts. */
export interface FiringWindowsTable {
  hook_id: string;
  digest: string;
  ends_at: Timestamp;
  pending_id: string | null;
  fired_id: string | null;
}

export interface FiringTables {
  firing_hooks: FiringHooksTable;
  firing_digests: FiringDigestsTable;
  firing_claims: FiringClaimsTable;
  firing_windows: FiringWindowsTable;
}
