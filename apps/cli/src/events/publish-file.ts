import { randomUUID } from 'node:crypto';
import { createPublisher, PublishManyError, type RawJson, rawJson } from '@eventhooks/client';
import type { Api } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { formatCount } from '../output.ts';
import { type Progress, startProgress } from '../progress.ts';
import type { Session } from '../session.ts';
import { checkLines } from './check-lines.ts';
import { keepInput } from './keep-input.ts';
import { type LineEvent, readEvents } from './read-events.ts';

export interface PublishFileOptions {
  batch: number;
  check: boolean;
  resume?: string;
}

/**
 * Publishes NDJSON of any length: a file, or standard input for `-`. All lines are checked before the first is published. Every event gets
 * an id from the run and its line, so that a run that ended half-way can be resumed without publishing anything twice.
 */
export async function publishFile(
  session: Session,
  options: PublishFileOptions,
  [path = '-']: string[],
): Promise<void> {
  if (!options.check) return publish(session, options, path, path);
  await using kept = await keepInput(path);
  await checkLines(session, { path: kept.path, name: path, batch: options.batch });
  await publish(session, options, kept.path, path);
}

interface Result {
  published: number;
  duplicates: number;
}

async function publish(session: Session, options: PublishFileOptions, path: string, name: string): Promise<void> {
  const { api, output } = session;
  const run = options.resume ?? randomUUID();
  const progress = startProgress('Publishing');
  const lines: number[] = [];
  const refused: LineFault[] = [];
  try {
    const result = await sendAll(api, options.batch, toEvents(path, run, { lines, refused, progress }));
    progress.end();
    if (refused.length === 0) return output.result(result, () => describe(result));
    throw refusal({ faults: refused, total: lines.length + refused.length, name, run });
  } catch (error) {
    progress.end();
    if (!(error instanceof PublishManyError)) throw error;
    const faults = error.outcomes.flatMap((outcome, index): LineFault[] =>
      outcome.ok
        ? []
        : [{ line: lines[index] ?? 0, message: outcome.error.message, isPassing: isPassing(outcome.error.kind) }],
    );
    throw refusal({ faults: [...faults, ...refused], total: lines.length + refused.length, name, run });
  }
}

type Event = { source: string; event: string; data: RawJson; id: string };

async function sendAll(api: Api, batch: number, events: AsyncIterable<Event>): Promise<Result> {
  const publisher = createPublisher<Record<string, Record<string, RawJson>>>({
    url: api.at('').replace(/\/$/, ''),
    ...tokenOf(api.headers()),
    maxBatchEvents: batch,
  });
  try {
    const receipts = await publisher.publishMany(events);
    const duplicates = receipts.filter(({ duplicate }) => duplicate).length;
    return { published: receipts.length - duplicates, duplicates };
  } finally {
    await publisher.close();
  }
}

function tokenOf({ authorization }: Record<string, string>): { token?: string } {
  return authorization === undefined ? {} : { token: authorization.replace(/^Bearer /, '') };
}

interface Tally {
  /** The lines of the events, in their order. */
  lines: number[];
  /** Lines that hold no event. */
  refused: LineFault[];
  progress: Progress;
}

async function* toEvents(path: string, run: string, { lines, refused, progress }: Tally): AsyncGenerator<Event> {
  for await (const line of readEvents(path)) {
    if (!line.ok) {
      refused.push({ line: line.number, message: line.message, isPassing: false });
      continue;
    }
    lines.push(line.number);
    yield toEvent(line, run);
    progress.update(lines.length, null);
  }
}

function toEvent({ number, source, event, dataText, id }: LineEvent, run: string): Event {
  return { source, event, data: rawJson(dataText), id: id ?? `${run}-${number}` };
}

function describe({ published, duplicates }: Result): string {
  const before = duplicates > 0 ? `; ${formatCount(duplicates, 'event')} had been published before` : '';
  return `Published ${formatCount(published, 'event')}${before}`;
}

interface LineFault {
  line: number;
  message: string;
  /** Whether the same event may be accepted later. */
  isPassing: boolean;
}

function isPassing(kind: string): boolean {
  return kind !== 'invalid' && kind !== 'unauthorized';
}

const maxListed = 20;

function refusal(given: { faults: LineFault[]; total: number; name: string; run: string }): CommandFailure {
  const { faults, total, name, run } = given;
  const listed = faults
    .sort((a, b) => a.line - b.line)
    .slice(0, maxListed)
    .map(({ line, message }) => `  line ${line}: ${message}`);
  const more = faults.length > maxListed ? [`  and ${faults.length - maxListed} more`] : [];
  const input = name === '-' ? 'the same input' : name;
  return new CommandFailure(
    faults.some((fault) => fault.isPassing) ? EXIT.unavailable : EXIT.refused,
    [
      `${formatCount(faults.length, 'event was', 'events were')} not published, ${total - faults.length} of ${total} were:`,
      ...listed,
      ...more,
      `To publish the rest of ${input}, and nothing twice, run the command again with --resume ${run}`,
    ].join('\n'),
  );
}
