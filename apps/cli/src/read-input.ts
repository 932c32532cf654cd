import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { parseLossless } from '@eventhooks/contract/exact-json';
import { messageOf } from '@eventhooks/contract/message-of';
import { decodeUtf8 } from '@eventhooks/contract/utf8';
import { isRecord } from './api.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';

/** The bytes of a file, or of standard input for `-`. */
export async function readInput(path: string): Promise<Buffer> {
  try {
    return path === '-' ? await buffer(process.stdin) : await readFile(path);
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `${path}: ${messageOf(error)}`);
  }
}

/** The text of a file in UTF-8, a byte-order mark dropped. */
export async function readText(path: string): Promise<string> {
  const text = decodeUtf8(await readInput(path));
  if (text === null) throw new CommandFailure(EXIT.usage, `${path}: not UTF-8`);
  return text;
}

/** A JSON object given as itself, as `@file`, or as `@-`. Its numbers keep their digits, its keys their order. */
export async function readJsonObject(given: string): Promise<Record<string, unknown>> {
  const text = given.startsWith('@') ? await readText(given.slice(1)) : given;
  try {
    const value = parseLossless(text);
    if (isRecord(value)) return value;
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `${given.slice(0, 60)}: ${messageOf(error)}`);
  }
  throw new CommandFailure(EXIT.usage, `${given.slice(0, 60)}: expected a JSON object`);
}

/** The lines of a file of any size in UTF-8, or of standard input for `-`; a byte-order mark is dropped. */
export async function* readLines(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of path === '-' ? process.stdin : createReadStream(path)) {
    const lines = (rest + decode(decoder, chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest + decode(decoder, undefined);
}

/** Without a chunk, the end of the text. */
function decode(decoder: TextDecoder, chunk: Uint8Array | undefined): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw new Error('not UTF-8');
  }
}
