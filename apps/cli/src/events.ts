import { createPublisher, PublishManyError, type RawJson, rawJson } from '@eventhooks/client';
import { parseExact, stringifyExact } from '@eventhooks/contract/exact-json';
import { messageOf } from '@eventhooks/contract/message-of';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { formatTable, formatTime, plain } from './output.ts';
import { startProgress } from './progress.ts';
import { readLines } from './read-input.ts';
import type { Session } from './session.ts';

export interface ListEventsOptions {
  source?: string;
  event?: string;
  since?: string;
  until?: string;
  limit: number;
}

export async function listEvents({ api, output }: Session, options: ListEventsOptions): Promise<void> {
  const { limit, ...query } = options;
  const events = await api.all('GET /events', query, limit);
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

/** Shows an event with its deliveries. */
export async function getEvent({ api, output }: Session, _options: object, [id = '']: string[]): Promise<void> {
  const event = await api.call('GET /events/{id}', { params: { id } });
  const shown = { ...event, deliveries: await api.all('GET /deliveries', { event_id: id }) };
  output.result(shown, () => JSON.stringify(shown, null, 2));
}

/** Publishes NDJSON of any length: a file, or standard input for `-`. */
export async function publishFile(
  { api, output }: Session,
  { batch }: { batch: number },
  [path = '-']: string[],
): Promise<void> {
  const progress = startProgress('Publishing');
  const publisher = createPublisher<Record<string, Record<string, RawJson>>>({
    url: api.at('').replace(/\/$/, ''),
    ...tokenOf(api.headers()),
    maxBatchEvents: batch,
  });
  let published = 0;
  async function* count() {
    for await (const event of readEvents(path)) {
      yield event;
      published += 1;
      progress.update(published, null);
    }
  }
  try {
    const receipts = await publisher.publishMany(count());
    const duplicates = receipts.filter(({ duplicate }) => duplicate).length;
    progress.end();
    output.result(
      { published: receipts.length - duplicates, duplicates },
      () =>
        `Published ${receipts.length - duplicates} events${duplicates > 0 ? `; ${duplicates} had been published before` : ''}`,
    );
  } catch (error) {
    progress.end();
    if (!(error instanceof PublishManyError)) throw error;
    throw refusal(error);
  } finally {
    await publisher.close();
  }
}

const maxListed = 20;

function refusal({ outcomes }: PublishManyError): CommandFailure {
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.ok ? [] : [{ line: index + 1, kind: outcome.error.kind, message: outcome.error.message }],
  );
  const listed = failures.slice(0, maxListed).map(({ line, message }) => `  event ${line}: ${message}`);
  const isOurs = failures.every(({ kind }) => kind === 'invalid' || kind === 'unauthorized');
  return new CommandFailure(
    isOurs ? EXIT.refused : EXIT.unavailable,
    [`${failures.length} of ${outcomes.length} events were not published, the others were:`, ...listed].join('\n'),
  );
}

function tokenOf({ authorization }: Record<string, string>): { token?: string } {
  return authorization === undefined ? {} : { token: authorization.replace(/^Bearer /, '') };
}

/** An event from one line; its data are sent on without loss. */
type LineEvent = { source: string; event: string; data: RawJson; id?: string };

async function* readEvents(path: string): AsyncGenerator<LineEvent> {
  let number = 0;
  try {
    for await (const line of readLines(path)) {
      number += 1;
      if (line.trim() !== '') yield readEvent(line);
    }
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `${path}, line ${number}: ${messageOf(error)}`);
  }
}

/** Checks only that a line is JSON: the server reports other faults. */
function readEvent(line: string): LineEvent {
  const exact = parseExact(line);
  const data = exact instanceof Map ? exact.get('data') : undefined;
  return { ...Object(JSON.parse(line)), data: rawJson(stringifyExact(data ?? null)) };
}
