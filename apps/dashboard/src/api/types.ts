import type {
  auditEntrySchema,
  createdTokenSchema,
  deliverySchema,
  eventSchema,
  hookStatsSchema,
  PrintedHook,
  renderResultSchema,
  StatsRangeName,
  sourcesSchema,
  statsSchema,
  systemSchema,
  testResultSchema,
  tokenSchema,
  workspaceSchema,
} from '@eventhooks/contract';
import type { z } from 'zod';

/** What the API answers: the contract's own schemas where they say enough. */

export type Delivery = z.infer<typeof deliverySchema>;
export type EventRecord = z.infer<typeof eventSchema>;
export type Stats = z.infer<typeof statsSchema>;
export type HookStats = z.infer<typeof hookStatsSchema>['data'][number];
export type StatsRange = StatsRangeName;
export type System = z.infer<typeof systemSchema>;
export type Sources = z.infer<typeof sourcesSchema>['data'];
export type Token = z.infer<typeof tokenSchema>;
export type CreatedToken = z.infer<typeof createdTokenSchema>;
export type AuditEntry = z.infer<typeof auditEntrySchema>;
export type Workspace = z.infer<typeof workspaceSchema>;
export type RenderResult = z.infer<typeof renderResultSchema>;
export type TestResult = z.infer<typeof testResultSchema>;

export interface Page<T> {
  data: T[];
  next: string | null;
  offset?: string;
}

export interface Session {
  name: string;
  role: 'admin' | 'publisher' | 'viewer';
  /** The only one the token opens; null for all. */
  workspace: string | null;
  is_token_required: boolean;
}

export type Hook = PrintedHook;

export interface HookStatus {
  breaker: { state: 'closed' | 'open' | 'half_open'; opened_at: string | null; probe_at: string | null };
  failing_since: string | null;
  disabled_reason: string | null;
  waiting: number;
}

export interface HookSecret {
  secret: string | null;
  /** Epoch seconds; null for the current one. */
  ends_at: number | null;
}

export interface Message {
  method?: string;
  url?: string;
  status?: number;
  headers?: Record<string, string | null>;
  body?: string | null;
  bodyTruncated?: boolean;
  /** Of a log hook. */
  log?: unknown;
  /** Of a lambda. */
  value?: unknown;
  logs?: { level: string; message: string }[];
}

export interface Attempt {
  number: number;
  started_at: string;
  duration_ms: number;
  ok: boolean;
  error_code: string | null;
  error_message: string | null;
  request: Message | null;
  response: Message | null;
}

export type DeliveryWithAttempts = Delivery & { attempts: Attempt[] };

export interface Replay {
  id: string;
  hook_id: string;
  status: 'running' | 'done' | 'cancelled';
  since: string | null;
  until: string | null;
  statuses: string[] | null;
  total: number | null;
  done: number;
  created_at: string;
  updated_at: string;
}

/** Faults of a refused body, nested as the body nests. */
export type FaultTree = { [field: string]: string | FaultTree };
