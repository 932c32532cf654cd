import { publishAsCurl } from '../as-curl.ts';
import { formatTable, formatTime, plain } from '../output.ts';
import { findRows, type SearchOptions } from '../search.ts';
import type { Session } from '../session.ts';

export interface ListEventsOptions extends SearchOptions {
  source?: string;
  event?: string;
  since?: string;
  until?: string;
  limit: number;
}

export async function listEvents({ api, output }: Session, options: ListEventsOptions): Promise<void> {
  const { limit, search, where, ...filter } = options;
  const query = { ...filter, q: search, data: where };
  const events = await findRows(api, 'Searching', 'GET /events', query, limit);
  output.result(events, () =>
    formatTable(
      ['time', 'id', 'event', 'data'],
      events.map(({ created_at, id, source, event, data }) => [
        formatTime(created_at),
        plain(id),
        plain(`${source}/${event}`),
        shorten(plain(data)),
      ]),
    ),
  );
}

function shorten(text: string): string {
  const width = Math.max(40, (process.stdout.columns ?? 160) - 90);
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

/** Shows an event with its deliveries, or the command that publishes it again. */
export async function getEvent(
  { api, output }: Session,
  { curl }: { curl?: boolean },
  [id = '']: string[],
): Promise<void> {
  const event = await api.call('GET /events/{id}', { params: { id } });
  if (curl) {
    const command = publishAsCurl(api, event);
    return output.result({ curl: command }, () => command);
  }
  const shown = { ...event, deliveries: await api.all('GET /deliveries', { event_id: id }) };
  output.result(shown, () => JSON.stringify(shown, null, 2));
}
