import { type Api, expectOk, isRecord } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { formatCount } from '../output.ts';
import { startProgress } from '../progress.ts';
import type { Session } from '../session.ts';
import { type LineEvent, readEvents } from './read-events.ts';

interface Fault {
  line: number;
  message: string;
}

/** The server takes 8 MiB per request. A single event beyond that is a request of its own, and refused. */
const maxBatchBytes = 4 * 1024 * 1024;
const maxListed = 20;

/** Lets the server check every line of a file before anything is published. @throws {CommandFailure} with the faults of all lines. */
export async function checkLines(
  { api }: Session,
  { path, name, batch }: { path: string; name: string; batch: number },
): Promise<void> {
  const progress = startProgress('Checking');
  const unreadable: Fault[] = [];
  const refused: Fault[] = [];
  let total = 0;
  try {
    for await (const events of inBatches(path, batch, unreadable)) {
      refused.push(...(await checkBatch(api, events)));
      total += events.length;
      progress.update(total, null);
    }
  } finally {
    progress.end();
  }
  const faults = [...unreadable, ...refused].sort((a, b) => a.line - b.line);
  if (faults.length === 0) return;
  const listed = faults.slice(0, maxListed).map(({ line, message }) => `  line ${line}: ${message}`);
  const more = faults.length > maxListed ? [`  and ${faults.length - maxListed} more`] : [];
  const lines = formatCount(total + unreadable.length, 'line');
  throw new CommandFailure(
    unreadable.length > 0 ? EXIT.usage : EXIT.refused,
    [
      `${name === '-' ? 'standard input' : name}: ${faults.length} of ${lines} cannot be published, so nothing was published:`,
      ...listed,
      ...more,
    ].join('\n'),
  );
}

async function* inBatches(path: string, size: number, unreadable: Fault[]): AsyncGenerator<LineEvent[]> {
  let batch: LineEvent[] = [];
  let bytes = 0;
  for await (const line of readEvents(path)) {
    if (!line.ok) {
      unreadable.push({ line: line.number, message: line.message });
      continue;
    }
    if (batch.length >= size || (batch.length > 0 && bytes + line.dataText.length > maxBatchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(line);
    bytes += Buffer.byteLength(line.dataText);
  }
  if (batch.length > 0) yield batch;
}

async function checkBatch(api: Api, events: readonly LineEvent[]): Promise<Fault[]> {
  const answer = await api.request('POST /events/check', { body: events.map(({ fields }) => fields) });
  const [first] = events;
  if (answer.ok || first === undefined) return [];
  if (answer.kind === 'refused' && answer.status === 413 && events.length === 1)
    return [{ line: first.number, message: answer.message }];
  const faults = answer.kind === 'unreachable' ? [] : readFaults(answer.body, events);
  if (faults.length === 0) expectOk(answer);
  return faults;
}

/** The server's faults by line: it counts the events of a request from 0. */
function readFaults(body: Record<string, unknown> | null, events: readonly LineEvent[]): Fault[] {
  if (!Array.isArray(body?.faults)) return [];
  return body.faults.filter(isRecord).flatMap(({ index, field, message }) => {
    const line = events[Number(index)]?.number;
    const place = field === '' ? '' : `${field}: `;
    return line === undefined ? [] : [{ line, message: `${place}${message}` }];
  });
}
