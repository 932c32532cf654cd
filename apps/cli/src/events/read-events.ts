import { JsonText, parseExact, stringifyExact } from '@eventhooks/contract/exact-json';
import { messageOf } from '@eventhooks/contract/message-of';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { readLines } from '../read-input.ts';

/** An event from one line. Its data are JSON text, so that nothing of them is lost. */
export interface LineEvent {
  number: number;
  source: string;
  event: string;
  dataText: string;
  id?: string;
  /** All of the line's fields, those that no event has included. */
  fields: Record<string, unknown>;
}

export type Line = ({ ok: true } & LineEvent) | { ok: false; number: number; message: string };

/** The events of a file of NDJSON; empty lines are left out. @throws {CommandFailure} if the file cannot be read, or is no UTF-8. */
export async function* readEvents(path: string): AsyncGenerator<Line> {
  let number = 0;
  try {
    for await (const text of readLines(path)) {
      number += 1;
      if (text.trim() !== '') yield readEvent(text, number);
    }
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `${path}, line ${number}: ${messageOf(error)}`);
  }
}

/** Checks only that a line is JSON of an event's shape: the server reports other faults. */
function readEvent(text: string, number: number): Line {
  try {
    const exact = parseExact(text);
    if (!(exact instanceof Map)) return { ok: false, number, message: 'expected a JSON object' };
    const [source, event, id] = ['source', 'event', 'id'].map((name) => exact.get(name));
    if (typeof source !== 'string' || typeof event !== 'string')
      return { ok: false, number, message: "expected 'source' and 'event' as texts" };
    const dataText = stringifyExact(exact.get('data') ?? null);
    const fields = { ...Object.fromEntries(exact), data: new JsonText(dataText) };
    return { ok: true, number, source, event, dataText, fields, ...(typeof id === 'string' && { id }) };
  } catch (error) {
    return { ok: false, number, message: messageOf(error) };
  }
}
