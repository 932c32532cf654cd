import { isReservedHeader, parseExact, stringifyExact } from '@eventhooks/contract';

/** A request that is not signed yet. Header names are in lower case. */
export interface BuiltRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | null;
}

export interface WebhookInput {
  url: string;
  /** The hook's own headers; they win over the defaults, whatever their case. */
  headers: Record<string, string>;
  /** JSON text of the event's data, an object. */
  dataText: string;
  event: string;
  source: string;
}

/** Contract of Kong's `webhook` handler: POST, the data's fields at the top level, and `event` and `source`, which win over data's own. */
export function buildWebhookRequest(input: WebhookInput): BuiltRequest {
  return {
    method: 'POST',
    url: input.url,
    headers: mergeHeaders({ 'content-type': 'application/json' }, input.headers),
    body: addEventAndSource(input.dataText, input.event, input.source),
  };
}

/** Lower-cases names; the later of two spellings of one name wins. Headers that belong to the connection are left out. */
export function mergeHeaders(defaults: Record<string, string>, own: Record<string, string>): Record<string, string> {
  const merged: Record<string, string> = { 'user-agent': 'eventhooks', ...defaults };
  for (const [name, value] of Object.entries(own)) {
    if (!isReservedHeader(name)) merged[name.toLowerCase()] = value;
  }
  return merged;
}

/**
 * Adds the two fields to the text without parsing it. Only a text that may hold one of the two keys itself (in plain spelling,
 * or with an escape that could hide one) is read, without loss; the fields then stay in the places that data have them.
 */
export function addEventAndSource(dataText: string, event: string, source: string): string {
  if (/"event"|"source"|\\u/.test(dataText)) {
    const data = parseExact(dataText);
    const fields: Iterable<[string, unknown]> = data instanceof Map ? data : [];
    return stringifyExact(new Map([...fields, ['event', event], ['source', source]]));
  }
  const open = dataText.slice(0, dataText.lastIndexOf('}'));
  const separator = /^\s*\{\s*$/.test(open) ? '' : ',';
  return `${open}${separator}"event":${JSON.stringify(event)},"source":${JSON.stringify(source)}}`;
}
