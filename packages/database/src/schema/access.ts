import type { PrintedAuditEntry, RateLimit, Role } from '@eventhooks/contract';
import type { ColumnType, Generated } from 'kysely';
import type { DefaultedTimestamp } from './columns.ts';

export interface WorkspacesTable {
  name: string;
  id: string;
  /** A label for people. */
  title: ColumnType<string | null, string | null | undefined, string | null>;
  comment: string | null;
  /** Whether publishing adds sources and events that the workspace does not have. */
  open: Generated<boolean>;
  rate_limit: ColumnType<RateLimit | null, string | null | undefined, string | null>;
  created_at: DefaultedTimestamp;
}

export interface TokensTable {
  id: string;
  name: string | null;
  hash: Buffer;
  role: Role;
  workspace: string | null;
  expires_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  last_used_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  rate_limit: ColumnType<RateLimit | null, string | null | undefined, string | null>;
  created_at: DefaultedTimestamp;
}

export interface AuditEntriesTable {
  id: string;
  workspace: string | null;
  actor: string;
  address: string | null;
  request_id: string | null;
  action: PrintedAuditEntry['action'];
  entity: PrintedAuditEntry['entity'];
  entity_id: string;
  before: ColumnType<unknown, string | null, never>;
  after: ColumnType<unknown, string | null, never>;
  created_at: DefaultedTimestamp;
}

export interface AccessTables {
  workspaces: WorkspacesTable;
  tokens: TokensTable;
  audit_entries: AuditEntriesTable;
  /** See take-quotas.sql. */
  publish_quotas: { id: string; full_at: number };
}
