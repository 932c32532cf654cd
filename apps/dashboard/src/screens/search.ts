import type { AuditEntry, StatsRange } from '../api/types.ts';

/** The part of a screen's state that its URL holds, so that it can be linked to. */

export const TIME_SPANS = {
  '15m': { label: 'Last 15 minutes', seconds: 900 },
  '1h': { label: 'Last hour', seconds: 3_600 },
  '24h': { label: 'Last 24 hours', seconds: 86_400 },
  '7d': { label: 'Last 7 days', seconds: 604_800 },
} as const;
type TimeSpan = keyof typeof TIME_SPANS;

export interface DeliveriesSearch {
  hook?: string | undefined;
  status?: string | undefined;
  source?: string | undefined;
  event?: string | undefined;
  error?: string | undefined;
  within?: TimeSpan | undefined;
  offset?: string | undefined;
}

export interface EventsSearch {
  source?: string | undefined;
  event?: string | undefined;
  within?: TimeSpan | undefined;
  offset?: string | undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function readDeliveriesSearch(search: Record<string, unknown>): DeliveriesSearch {
  return {
    hook: text(search.hook),
    status: text(search.status),
    source: text(search.source),
    event: text(search.event),
    error: text(search.error),
    within: oneOf(TIME_SPANS, search.within),
    offset: text(search.offset),
  };
}

export function readEventsSearch(search: Record<string, unknown>): EventsSearch {
  return {
    source: text(search.source),
    event: text(search.event),
    within: oneOf(TIME_SPANS, search.within),
    offset: text(search.offset),
  };
}

/** The search as a query of the API. Times are whole minutes, so that the same search stays the same query for a while. */
export function queryOfSearch({ error, within, ...search }: DeliveriesSearch, size: number): string {
  const query = new URLSearchParams({ size: String(size) });
  for (const [name, value] of Object.entries(search)) if (value !== undefined) query.set(name, value);
  if (error !== undefined) query.set('error_code', error);
  if (within !== undefined) {
    const minute = Math.floor(Date.now() / 60_000) * 60;
    query.set('since', String(minute - TIME_SPANS[within].seconds));
  }
  return query.toString();
}

export const RANGES = {
  '1h': '1 hour',
  '24h': '24 hours',
  '7d': '7 days',
} as const satisfies Record<StatsRange, string>;

export function readOverviewSearch({ range }: Record<string, unknown>): { range?: StatsRange | undefined } {
  return { range: oneOf(RANGES, range) };
}

export function readNewHookSearch({ handler }: Record<string, unknown>): { handler?: string | undefined } {
  return { handler: text(handler) };
}

export const AUDITED = {
  deliveries: 'Deliveries',
  event_hooks: 'Hooks',
  inbound_endpoints: 'Inbound',
  replays: 'Replays',
  sources: 'Catalogue',
  tokens: 'Tokens',
  workspaces: 'Workspaces',
} as const satisfies Record<AuditEntry['entity'], string>;

export interface AuditSearch {
  entity?: AuditEntry['entity'] | undefined;
  offset?: string | undefined;
}

export function readAuditSearch({ entity, offset }: Record<string, unknown>): AuditSearch {
  return { entity: oneOf(AUDITED, entity), offset: text(offset) };
}

export function readOffset({ offset }: Record<string, unknown>): { offset?: string | undefined } {
  return { offset: text(offset) };
}

function oneOf<Name extends string>(table: Readonly<Record<Name, unknown>>, value: unknown): Name | undefined {
  return typeof value === 'string' && Object.hasOwn(table, value) ? (value as Name) : undefined;
}
