import type { RateLimit } from '@eventhooks/contract';
import type { ColumnType, Generated } from 'kysely';
import type { DefaultedTimestamp, Json, Timestamp } from './columns.ts';

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

export interface SourceTables {
  source_events: SourceEventsTable;
  inbound_endpoints: InboundEndpointsTable;
  inbound_rejections: InboundRejectionsTable;
}
