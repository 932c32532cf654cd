import { z } from 'zod';
import { type CatalogueEntry, type CatalogueView, findNameFault } from './catalogue.ts';
import { type Fault, findTextFault, isJsonObject, isWithinDepth, type JsonObject } from './json.ts';
import { describeIssue, toFaults } from './violations.ts';

/** Bounds of publishing. */
export const EVENT_LIMITS = {
  requestBytes: 8 * 1024 * 1024,
  /** Of `data` as JSON in UTF-8. */
  eventBytes: 256 * 1024,
  /** `data` itself is the first level. */
  depth: 32,
  events: 1_000,
  idLength: 255,
} as const;

/** What `POST /events` takes, alone or in an array. */
export const publishedEventSchema = z.strictObject({
  source: z.string().meta({ example: 'crud' }),
  event: z.string().meta({ example: 'consumers' }),
  // Not z.record: that would copy every event, and drop keys named __proto__.
  data: z
    .unknown()
    .refine(isJsonObject, {
      error: ({ input }) => (input === undefined || input === null ? 'required field missing' : 'expected an object'),
    })
    .meta({ type: 'object', description: 'The fields of the event, as the catalogue names them.' }),
  id: z
    .string()
    .min(1)
    .max(EVENT_LIMITS.idLength)
    .nullish()
    .meta({ description: 'Makes publishing idempotent: the same source and id again is no second event.' }),
});

/** An event that may be published. */
export interface ValidEvent {
  source: string;
  event: string;
  /** The publisher's own id, which makes publishing idempotent. */
  id: string | null;
  data: JsonObject;
  /** `data` as JSON, made once: checking its size needs it, and so does keeping it. */
  json: string;
}

/** What is wrong with one event of a request; `index` counts from 0, `field` is a dotted path or empty for the event as a whole. */
export interface EventFault {
  index: number;
  field: string;
  message: string;
}

export type EventsResult = { ok: true; events: ValidEvent[] } | { ok: false; faults: EventFault[] };

/** Finding the nearest name costs a comparison with every name known, so only the first faults get a hint. */
const MAX_HINTS = 10;
const MAX_FAULTS_PER_EVENT = 10;

/**
 * Checks a request of one event (an object) or of many (an array) against the workspace's catalogue, and tells all faults of
 * all events. About 1 µs an event of 200 bytes.
 */
export function validateEvents(parsed: unknown, catalogue: CatalogueView): EventsResult {
  const list: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  if (list.length === 0 || list.length > EVENT_LIMITS.events) {
    const message = `expected 1 to ${EVENT_LIMITS.events} events, got ${list.length}`;
    return { ok: false, faults: [{ index: Math.min(list.length, EVENT_LIMITS.events), field: '', message }] };
  }
  const events: ValidEvent[] = [];
  const faults: EventFault[] = [];
  for (const [index, value] of list.entries()) {
    const checked = validateEvent(value, catalogue, faults.length < MAX_HINTS);
    if (checked.ok) events.push(checked.event);
    else {
      for (const { path, message } of checked.faults.slice(0, MAX_FAULTS_PER_EVENT)) {
        faults.push({ index, field: path.join('.').slice(0, 256).toWellFormed(), message });
      }
    }
  }
  return faults.length === 0 ? { ok: true, events } : { ok: false, faults };
}

type EventResult = { ok: true; event: ValidEvent } | { ok: false; faults: Fault[] };

function validateEvent(value: unknown, catalogue: CatalogueView, withHint: boolean): EventResult {
  const parsed = publishedEventSchema.safeParse(value, PARSE_OPTIONS);
  if (!parsed.success) return { ok: false, faults: toFaults(parsed.error) };
  const { source, event, id = null } = parsed.data;
  const faults: Fault[] = [];
  const entry = catalogue.get(source)?.get(event);
  if (entry === undefined) faults.push(describeUnknownName(source, event, catalogue, withHint));
  const idFault = id === null ? null : findTextFault(id);
  if (idFault !== null) faults.push({ path: ['id'], message: idFault });
  // The schema proved it to be an object, and all there is in it came from JSON.
  const data = parsed.data.data as JsonObject;
  const checked = checkData(data, entry);
  if (!checked.ok) return { ok: false, faults: [...faults, ...checked.faults] };
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, event: { source, event, id, data, json: checked.json } };
}

const PARSE_OPTIONS = { error: describeIssue, reportInput: true };

function describeUnknownName(source: string, event: string, catalogue: CatalogueView, withHint: boolean): Fault {
  const field = catalogue.has(source) ? 'event' : 'source';
  return (withHint ? findNameFault(catalogue, source, event) : null) ?? { path: [field], message: `unknown ${field}` };
}

type DataResult = { ok: true; json: string } | { ok: false; faults: Fault[] };

function checkData(data: JsonObject, entry: CatalogueEntry | undefined): DataResult {
  const refuse = (message: string): DataResult => ({ ok: false, faults: [{ path: ['data'], message }] });
  // First of all: what follows recurses.
  if (!isWithinDepth(data, EVENT_LIMITS.depth)) return refuse(`nests deeper than ${EVENT_LIMITS.depth} levels`);
  const json = JSON.stringify(data);
  if (Buffer.byteLength(json) > EVENT_LIMITS.eventBytes)
    return refuse(`expected at most ${EVENT_LIMITS.eventBytes} bytes`);
  const faults = entry?.check?.(data) ?? [];
  if (faults.length === 0) return { ok: true, json };
  return { ok: false, faults: faults.map(({ path, message }) => ({ path: ['data', ...path], message })) };
}
