import { isUtf8 } from 'node:buffer';
import { recordedHeaderName } from './response-head.ts';

/** More than this of a response's headers is not kept: a receiver may send 256 KiB with every attempt. */
const keptHeadersLength = 16 * 1024;
/** With too many headers, values are cut to this, so that one of them does not push out all others. */
const keptValueLength = 512;

export type IncomingHeaders = Record<string, string | string[] | undefined>;

/**
 * A response's headers as they are recorded: names in lower case, repeated ones joined by `, `. undici gives values in Latin-1;
 * those that are UTF-8 are read as such.
 */
export function recordHeaders(headers: IncomingHeaders): Record<string, string> {
  const record: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const recorded = recordedHeaderName(name);
    const text = decodeValue(typeof value === 'string' ? value : value.join(', '));
    const known = record[recorded];
    record[recorded] = known === undefined ? text : `${known}, ${text}`;
  }
  return record;
}

/** The headers within the limit; all of them where they fit. */
export function limitHeaders(headers: Record<string, string>): Record<string, string> {
  let length = 0;
  for (const name in headers) length += name.length + (headers[name]?.length ?? 0);
  if (length <= keptHeadersLength) return headers;
  const kept: Record<string, string> = {};
  let room = keptHeadersLength;
  for (const [name, value] of Object.entries(headers)) {
    const text = value.length > keptValueLength ? `${value.slice(0, keptValueLength)}…` : value;
    room -= name.length + text.length;
    if (room < 0) break;
    kept[name] = text;
  }
  return kept;
}

function decodeValue(value: string): string {
  if (/^[\0-\x7f]*$/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}
