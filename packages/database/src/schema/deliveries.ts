import type { DeliveryStatus, PrintedReplay } from '@eventhooks/contract';
import type { ColumnType, Generated } from 'kysely';
import type { DefaultedTimestamp, Timestamp } from './columns.ts';

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

export interface DeliveryTables {
  deliveries: DeliveriesTable;
  attempts: AttemptsTable;
  attempt_pages: AttemptPagesTable;
  replays: ReplaysTable;
  delivery_stats: DeliveryStatsTable;
}
