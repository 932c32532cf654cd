import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { messageOf } from '@eventhooks/contract/message-of';
import { isRecord } from './api.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';

/** The bytes of a file, or of standard input for `-`. */
export async function readInput(path: string): Promise<string> {
  try {
    return path === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `${path}: ${messageOf(error)}`);
  }
}

/** A JSON object given as itself, as `@file`, or as `@-`. */
export async function readJsonObject(given: string): Promise<Record<string, unknown>> {
  const content = given.startsWith('@') ? await readInput(given.slice(1)) : given;
  try {
    const value: unknown = JSON.parse(content);
    if (isRecord(value)) return value;
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `${given.slice(0, 60)}: ${messageOf(error)}`);
  }
  throw new CommandFailure(EXIT.usage, `${given.slice(0, 60)}: expected a JSON object`);
}
