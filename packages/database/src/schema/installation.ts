import type { Generated } from 'kysely';
import type { DefaultedTimestamp, Timestamp } from './columns.ts';

export interface ProcessesTable {
  id: string;
  kind: 'admin' | 'worker';
  host: string;
  pid: number;
  version: string;
  node: string;
  is_scheduler: Generated<boolean>;
  started_at: DefaultedTimestamp;
  seen_at: DefaultedTimestamp;
}

/** One row where there is an archive. */
export interface ArchiveStateTable {
  only_row: Generated<boolean>;
  /** The latest day that was archived, `YYYY-MM-DD`. */
  last_day: string | null;
  /** Days past their retention that wait for the archive. */
  days_waiting: number;
  error: string | null;
  failing_since: Timestamp | null;
  updated_at: DefaultedTimestamp;
}

export interface InstallationTables {
  configuration_version: { version: string };
  /** One row. See leader.ts. */
  leader_lease: { holder: string | null; expires_at: Date };
  processes: ProcessesTable;
  archive_state: ArchiveStateTable;
  /** See sql-functions.ts. */
  sql_functions: { name: string; digest: string };
}
