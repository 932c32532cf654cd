import { closest, distance } from 'fastest-levenshtein';
import type { Fault } from './json.ts';

/** The catalogue's entry of one event. */
export interface CatalogueEntry {
  description?: string;
  /** Names of the data's fields, for people and template editors; data may have others. */
  fields: readonly string[];
  /** The fields that make two events the same for `on_change` and `snooze`. Absent: all data count. */
  unique?: readonly string[];
  /** The JSON Schema of the data, for a workspace's own event. */
  schema?: Record<string, unknown>;
}

/** One workspace's catalogue: source → event → entry. */
export type CatalogueView = ReadonlyMap<string, ReadonlyMap<string, CatalogueEntry>>;

/** A source and an event: a name under which hooks match a published event. */
export interface EventName {
  source: string;
  event: string;
}

const OPERATIONS: ReadonlySet<string> = new Set(['create', 'update', 'delete']);

/**
 * The names under which hooks match a published event, its own first. A `crud` event with an operation has three:
 * `crud/<entity>`, `crud/<entity>:<operation>` and `dao:crud/<operation>`. A hook that matches several of them fires once, by
 * the first. A hook without an event matches every name of its source.
 */
export function expandEvent(published: EventName & { data: Readonly<Record<string, unknown>> }): EventName[] {
  const { source, event, data } = published;
  if (source !== 'crud') return [{ source, event }];
  const colon = event.lastIndexOf(':');
  const entity = colon === -1 ? event : event.slice(0, colon);
  const operation = colon === -1 ? data.operation : event.slice(colon + 1);
  if (typeof operation !== 'string' || !OPERATIONS.has(operation)) return [{ source, event }];
  const generic = { source, event: entity };
  const specific = { source, event: `${entity}:${operation}` };
  const crud = colon === -1 ? [generic, specific] : [specific, generic];
  return [...crud, { source: 'dao:crud', event: operation }];
}

/** The fault of a name that is not in the catalogue, with the nearest name that is; null if it is there. A null event means any. */
export function findNameFault(catalogue: CatalogueView, source: string, event: string | null): Fault | null {
  const events = catalogue.get(source);
  if (events === undefined)
    return { path: ['source'], message: describeUnknown('source', source, [...catalogue.keys()]) };
  if (event === null || events.has(event)) return null;
  return { path: ['event'], message: describeUnknown('event', event, [...events.keys()]) };
}

function describeUnknown(kind: 'source' | 'event', name: string, known: readonly string[]): string {
  const quoted = `unknown ${kind} '${name.length > 64 ? `${name.slice(0, 64)}…` : name}'`;
  if (name.length > 64 || known.length === 0) return quoted;
  const nearest = closest(name, known);
  const isNear = distance(name, nearest) <= Math.max(2, Math.floor(nearest.length / 2));
  return isNear ? `${quoted}, did you mean '${nearest}'?` : quoted;
}

/** The body of `GET /event-hooks/sources`: source → event → entry, both in alphabetical order. */
export function printCatalogue(catalogue: CatalogueView): Record<string, Record<string, CatalogueEntry>> {
  return Object.fromEntries(sortByKey(catalogue).map(([source, events]) => [source, printEvents(events)]));
}

/** The body of `GET /event-hooks/sources/{source}`. */
export function printEvents(events: ReadonlyMap<string, CatalogueEntry>): Record<string, CatalogueEntry> {
  return Object.fromEntries(sortByKey(events));
}

function sortByKey<V>(map: ReadonlyMap<string, V>): [string, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
