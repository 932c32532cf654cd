import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '@eventhooks/contract/message-of';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { formatCount } from '../output.ts';
import { type Progress, startProgress } from '../progress.ts';
import type { Session } from '../session.ts';
import { type DeliveryFilter, queryOf } from './filter.ts';

export interface ExportDeliveriesOptions extends DeliveryFilter {
  output?: string;
}

/** Writes all deliveries that the filter finds as NDJSON, to standard output or a file. */
export async function exportDeliveries(
  { api, output }: Session,
  { output: path, ...filter }: ExportDeliveriesOptions,
): Promise<void> {
  const query = Object.entries(await queryOf(api, filter)).filter((entry): entry is [string, string] => {
    return entry[1] !== undefined;
  });
  const response = await api.fetchStream(`/deliveries/export?${new URLSearchParams(query)}`);
  const progress = startProgress('Exporting');
  const counter = countLines(progress);
  try {
    const target = path === undefined ? process.stdout : createWriteStream(path);
    await pipeline(Readable.fromWeb(response), counter.stream, target, { end: path !== undefined });
  } catch (error) {
    throw new CommandFailure(
      EXIT.unavailable,
      `The export was cut after ${counter.lines()} lines: ${messageOf(error)}`,
    );
  } finally {
    progress.end();
  }
  output.note(`Exported ${formatCount(counter.lines(), 'delivery', 'deliveries')}.`);
}

function countLines(progress: Progress): { stream: Transform; lines(): number } {
  let lines = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (const byte of chunk) if (byte === 10) lines += 1;
      progress.update(lines, null);
      done(null, chunk);
    },
  });
  return { stream, lines: () => lines };
}
