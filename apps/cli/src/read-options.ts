import { type Command, InvalidArgumentError } from 'commander';
import { parseTime } from './times.ts';

/** Parsers and groups of options that several commands share. */

export function parseHttpUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new InvalidArgumentError('Expected an http or https URL, such as http://127.0.0.1:8001.');
}

/** Reads `name=value`, and keeps the values that earlier options of the same name gave. */
export function parsePair(text: string, earlier: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([\w-]+)=([\s\S]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Expected 'name=value'.");
  return { ...earlier, [name]: value };
}

/** Reads `name: value`, and keeps the headers of earlier options. */
export function parseHeader(text: string, earlier: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Expected 'name: value'.");
  return { ...earlier, [name.toLowerCase()]: value };
}

export function addTimes(command: Command): Command {
  return command
    .option('--since <time>', "from this time on: '15m' or '2h' ago, RFC 3339, or epoch seconds", parseTime)
    .option('--until <time>', 'before this time, in the same forms', parseTime);
}

export function addSearch(command: Command): Command {
  return command
    .option('--search <text>', 'only if an id, or words in the data, the response, or the hook, match this text')
    .option('--where <path=value>', "only if the event's data have this value, as in entity.username=ada");
}
