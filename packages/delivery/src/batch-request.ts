import { type BuiltRequest, mergeHeaders } from './webhook-request.ts';

/** One event of a batch. */
export interface BatchItem {
  /** The `webhook-id` that its delivery would have alone. */
  id: string;
  source: string;
  event: string;
  /** When it was published, in ms since the epoch. */
  timeMs: number;
  /** JSON text of the event's data. */
  dataText: string;
}

/** The request of a `webhook` for several events: a JSON array of them. */
export function buildBatchRequest(input: {
  url: string;
  headers: Record<string, string>;
  items: readonly BatchItem[];
}): BuiltRequest {
  return {
    method: 'POST',
    url: input.url,
    headers: mergeHeaders({ 'content-type': 'application/json' }, input.headers),
    body: printBatch(input.items),
  };
}

/** Data stay as they were published. */
function printBatch(items: readonly BatchItem[]): string {
  const printed = items.map(({ id, source, event, timeMs, dataText }) => {
    const head = JSON.stringify({ id, source, event, time: new Date(timeMs).toISOString() });
    return `${head.slice(0, -1)},"data":${dataText}}`;
  });
  return `[${printed.join(',')}]`;
}

/** The data of a batch's last event, and `events`, the whole batch, which wins over a field of that name. */
export function addEvents(dataText: string, items: readonly BatchItem[]): string {
  const open = dataText.slice(0, dataText.lastIndexOf('}'));
  const separator = /^\s*\{\s*$/.test(open) ? '' : ',';
  return `${open}${separator}"events":${printBatch(items)}}`;
}
