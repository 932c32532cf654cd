/**
 * Every table and its columns, as pg reads and takes them. A test compares it with the migrated database. It types the
 * queries of kysely and the rows of statements written by hand.
 */

import type {
  DeliveryStatus,
  HookFieldName,
  HookFieldsKeptAs,
  HookFieldValues,
  PrintedAuditEntry,
  PrintedReplay,
  RateLimit,
  Role,
} from '@eventhooks/contract';
import type { ColumnType, Generated, Selectable } from 'kysely';

type Timestamp = ColumnType<Date, Date | string, Date | string>;
type DefaultedTimestamp = ColumnType<Date, Date | string | undefined, Date | string>;
/** Written as JSON text, read as the parsed value. */
type Json = ColumnType<unknown, string, string>;

export interface WorkspacesTable {
  name: string;
  id: string;
  comment: string | null;
  /** Whether publishing adds sources and events that the workspace does not have. */
  open: Generated<boolean>;
  rate_limit: ColumnType<RateLimit | null, string | null | undefined, string | null>;
  created_at: DefaultedTimestamp;
}

/** The fields of a hook that the contract defines, each in a column of its own. */
type HookFieldColumns = {
  [N in HookFieldName]: N extends HookFieldsKeptAs<'time'>
    ? DefaultedTimestamp
    : N extends HookFieldsKeptAs<'iso_time'>
      ? ColumnType<Date | null, Date | string | null, Date | string | null>
      : N extends HookFieldsKeptAs<'json'>
        ? ColumnType<unknown, string | null, string | null>
        : HookFieldValues[N];
};

export interface EventHooksTable extends HookFieldColumns {
  workspace: string;
  handler: string;
  config: Json;
  /** The own fields that the client gave, see @eventhooks/contract. */
  explicit: Generated<string[]>;
  /** Set by a trigger on each write; grows over the whole installation. A bigint, so pg reads it as text. */
  revision: ColumnType<string, never, never>;
  /** See seal-hook.ts. */
  sealed: ColumnType<Record<string, string>, string | undefined, string>;
  old_secrets: ColumnType<{ ends_at: number; sealed: string }[], string | undefined, string>;
  disabled_reason: string | null;
  failing_since: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  draining: Generated<boolean>;
  /** Set by a trigger: how often `order_by` was changed. Keys of later generations than the settled one wait for older ones. */
  order_generation: Generated<number>;
  order_settled: Generated<number>;
  /** The latest error of its filter: `{event_id, message, time}`. */
  filter_error: ColumnType<FilterError | null, string | null | undefined, string | null>;
}

export interface FilterError {
  event_id: string;
  message: string;
  /** RFC 3339. */
  time: string;
}

export interface SourceEventsTable {
  workspace: string;
  source: string;
  event: string;
  description: string | null;
  fields: Generated<string[]>;
  unique: string[] | null;
  schema: ColumnType<unknown, string | null, string | null>;
  /** The inbound endpoint whose mapping added it. */
  inbound_endpoint: ColumnType<string | null, string | null | undefined, string | null>;
  created_at: DefaultedTimestamp;
  updated_at: DefaultedTimestamp;
}

export interface InboundEndpointsTable {
  id: string;
  workspace: string;
  name: string;
  enabled: boolean;
  tags: string[];
  rate_limit: ColumnType<RateLimit | null, string | null | undefined, string | null>;
  preset: string | null;
  verify: Json;
  map: Json;
  respond: ColumnType<unknown, string | null, string | null>;
  /** See inbound.ts. */
  sealed: string | null;
  created_at: DefaultedTimestamp;
  updated_at: DefaultedTimestamp;
}

export interface InboundRejectionsTable {
  id: string;
  endpoint_id: string;
  status: number;
  reason: string;
  headers: ColumnType<Record<string, string | null>, string, string>;
  rejected_at: Timestamp;
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

export interface EventsTable {
  id: string;
  workspace: string;
  source: string;
  event: string;
  data: string;
  publisher_id: string | null;
  traceparent: string | null;
  /** Its place in the order of acceptance. A bigint, so pg reads it as text. Null: from a release that knew none. */
  position: ColumnType<string | null, string | null | undefined, never>;
}

export interface DeliveriesTable {
  id: string;
  event_id: string;
  hook_id: string;
  workspace: string;
  source: string;
  event: string;
  status: string;
  reason: string | null;
  error_code: string | null;
  response_status: number | null;
  attempt_count: Generated<number>;
  schedule_step: Generated<number>;
  suppressed_count: number | null;
  suppressed_until: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** `infinity` until something else than the time makes it due: the end of a window, or of those in front of it in its lane. */
  next_attempt_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  updated_at: DefaultedTimestamp;
  batch_id: ColumnType<string | null, string | null | undefined, string | null>;
  past_batches: ColumnType<string[] | null, string[] | null | undefined, string[] | null>;
  /** See lanes.ts. Null for a hook without order. */
  order_key: ColumnType<string | null, string | null | undefined, string | null>;
  /** A bigint, so pg reads it as text. */
  order_position: ColumnType<string | null, string | null | undefined, string | null>;
  /** That of the last attempt. Null: none was made, or by a release that kept it with the attempt only. */
  duration_ms: ColumnType<number | null, number | null | undefined, number | null>;
  /** The last page with an attempt of the delivery, see attempt-pages.ts, and those before it. */
  attempt_page: ColumnType<string | null, string | null | undefined, string | null>;
  past_attempt_pages: ColumnType<string[] | null, string[] | null | undefined, string[] | null>;
}

/** Attempts that were recorded alone, or by a release that knew no pages. */
export interface AttemptsTable {
  /** The id of a delivery, or of a batch. */
  delivery_id: string;
  number: number;
  started_at: Timestamp;
  duration_ms: number;
  ok: boolean;
  error_code: string | null;
  error_message: string | null;
  request: string | null;
  response: string | null;
}

export interface AttemptPagesTable {
  id: string;
  content: Buffer;
}

export interface ReplaysTable {
  id: string;
  workspace: string;
  hook_id: string;
  status: PrintedReplay['status'];
  since: Date | null;
  until: Date;
  statuses: DeliveryStatus[];
  /** Whether it goes through deliveries, or through events without one. */
  scope: Generated<PrintedReplay['of']>;
  total: number;
  done: Generated<number>;
  /** Id of the last delivery that was looked at. */
  position: string;
  until_id: string;
  created_at: DefaultedTimestamp;
  updated_at: DefaultedTimestamp;
}

/** The outbox. */
export interface DispatchBatchesTable {
  id: string;
  event_ids: string[];
  /** Made by PostgreSQL. */
  event_count: ColumnType<number, never, never>;
  runs: Generated<number>;
  claimed_until: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  due_at: Timestamp;
  /** Its place in the order of acceptance. A bigint, so pg reads it as text. */
  position: Generated<string>;
  /** Whether it may have ordered deliveries that are not recorded. */
  holds_order: Generated<boolean>;
}

export interface PublisherIdsTable {
  workspace: string;
  source: string;
  publisher_id: string;
  event_id: string;
}

/** Hook tests. */
export interface ProbesTable {
  id: string;
  /** Sealed, see hook-tests.ts. */
  request: string;
  result: string | null;
}

/** Breakers that are not closed. */
export interface HookBreakersTable {
  hook_id: string;
  opened_at: DefaultedTimestamp;
  probe_at: Timestamp;
  probing: Generated<boolean>;
  failed_probes: Generated<number>;
}

/** Written by the function `reserve_slots`. */
export interface HookRatesTable {
  hook_id: string;
  /** ms since the epoch. */
  next_slot: Generated<number>;
  line_until: Generated<number>;
}

type DurationColumn = `d${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11}`;

/** Counters per minute, see delivery-stats.ts. */
export interface DeliveryStatsTable extends Record<DurationColumn, Generated<number>> {
  workspace: string;
  hook_id: string;
  minute: Timestamp;
  events: Generated<number>;
  succeeded: Generated<number>;
  failed: Generated<number>;
  exhausted: Generated<number>;
  suppressed: Generated<number>;
}

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

export interface Schema {
  workspaces: WorkspacesTable;
  event_hooks: EventHooksTable;
  source_events: SourceEventsTable;
  inbound_endpoints: InboundEndpointsTable;
  inbound_rejections: InboundRejectionsTable;
  tokens: TokensTable;
  audit_entries: AuditEntriesTable;
  configuration_version: { version: string };
  /** One row. See leader.ts. */
  leader_lease: { holder: string | null; expires_at: Date };
  events: EventsTable;
  publisher_ids: PublisherIdsTable;
  dispatch_batches: DispatchBatchesTable;
  deliveries: DeliveriesTable;
  attempts: AttemptsTable;
  attempt_pages: AttemptPagesTable;
  hook_breakers: HookBreakersTable;
  hook_rates: HookRatesTable;
  /** See take-quotas.sql. */
  publish_quotas: { id: string; full_at: number };
  replays: ReplaysTable;
  probes: ProbesTable;
  delivery_stats: DeliveryStatsTable;
  processes: ProcessesTable;
  firing_hooks: FiringHooksTable;
  firing_digests: FiringDigestsTable;
  firing_claims: FiringClaimsTable;
  firing_windows: FiringWindowsTable;
  archive_state: ArchiveStateTable;
  /** See sql-functions.ts. */
  sql_functions: { name: string; digest: string };
}

/** A row of a table as a statement written by hand reads it. */
export type Row<Table extends keyof Schema> = Selectable<Schema[Table]>;
