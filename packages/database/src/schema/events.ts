import type { ColumnType, Generated } from 'kysely';
import type { Timestamp } from './columns.ts';

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

export interface PublisherIdsTable {
  workspace: string;
  source: string;
  publisher_id: string;
  event_id: string;
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

export interface EventTables {
  events: EventsTable;
  publisher_ids: PublisherIdsTable;
  dispatch_batches: DispatchBatchesTable;
}
