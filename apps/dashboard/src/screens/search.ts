import type { AuditEntry, StatsRange } from '../api/types.ts';

/** The name of a usual span; undefined for any other text. */
export function asSpan(name: string | undefined): TimeSpan | undefined {
  return oneOf(TIME_SPANS, name);
}

/** The part of a screen's state that its URL holds, so that it can be linked to. */

export const TIME_SPANS = {
  '15m': { label: 'Last 15 minutes', seconds: 900 },
  '1h': { label: 'Last hour', seconds: 3_600 },
  '24h': { label: 'Last 24 hours', seconds: 86_400 },
  '7d': { label: 'Last 7 days', seconds: 604_800 },
} as const;
type TimeSpan = keyof typeof TIME_SPANS;

/** The search and the custom range, which deliveries and events have alike. */
interface Found {
  /** Words or an id; `path=value` looks into the event's data. */
  q?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

export interface DeliveriesSearch extends Found {
  hook?: string | undefined;
  status?: string | undefined;
  source?: string | undefined;
  event?: string | undefined;
  error?: string | undefined;
  within?: TimeSpan | undefined;
  offset?: string | undefined;
}

export interface EventsSearch extends Found {
  source?: string | undefined;
  event?: string | undefined;
  within?: TimeSpan | undefined;
  offset?: string | undefined;
}

/** The router reads a number where the URL has digits. */
function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function readFound(search: Record<string, unknown>): Found {
  return { q: text(search.q), since: text(search.since), until: text(search.until) };
}

export function readDeliveriesSearch(search: Record<string, unknown>): DeliveriesSearch {
  return {
    ...readFound(search),
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
    ...readFound(search),
    source: text(search.source),
    event: text(search.event),
    within: oneOf(TIME_SPANS, search.within),
    offset: text(search.offset),
  };
}

/** `entity.username=ada` */
const dataCondition = /^[^\s=]+\s*=\s*\S/;

/** The search as a query of the API. Times are whole minutes, so that the same search stays the same query for a while. */
export function queryOfSearch({ q, offset, ...search }: DeliveriesSearch, size: number): string {
  const query = new URLSearchParams({ size: String(size), ...filterOf(search) });
  if (offset !== undefined) query.set('offset', offset);
  if (q !== undefined) query.set(dataCondition.test(q) ? 'data' : 'q', q);
  return query.toString();
}

/** The search without its words and its place: the filters of an export or of an action in bulk. */
export function filterOf({
  error,
  within,
  q: _q,
  offset: _offset,
  ...search
}: DeliveriesSearch): Record<string, string> {
  const filter: Record<string, string> = {};
  for (const [name, value] of Object.entries(search)) if (value !== undefined) filter[name] = value;
  if (error !== undefined) filter.error_code = error;
  if (within !== undefined) {
    const minute = Math.floor(Date.now() / 60_000) * 60;
    filter.since = new Date((minute - TIME_SPANS[within].seconds) * 1_000).toISOString();
  }
  return filter;
}

export const RANGES = {
  '1h': '1 hour',
  '24h': '24 hours',
  '7d': '7 days',
} as const satisfies Record<StatsRange, string>;

export function readOverviewSearch({ range }: Record<string, unknown>): { range?: StatsRange | undefined } {
  return { range: oneOf(RANGES, range) };
}

export interface NewHookSearch {
  handler?: string | undefined;
  source?: string | undefined;
  /** The hook template to start from. */
  template?: string | undefined;
  /** For a hook that tells people about another: that one. */
  about?: string | undefined;
}

export function readNewHookSearch({ handler, source, template, about }: Record<string, unknown>): NewHookSearch {
  return { handler: text(handler), source: text(source), template: text(template), about: text(about) };
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
