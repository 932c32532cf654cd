import type { PrintedAttempt, PrintedEvent } from '@eventhooks/contract';
import { stringifyExact } from '@eventhooks/contract/exact-json';
import type { Api } from './api.ts';

/** The variable in the place of a token: a command that is copied into a ticket should not hold one. */
const tokenHeader = `-H "Authorization: Bearer $EVENTHOOKS_TOKEN"`;

/** The command that publishes an event of this source, name and data again, as a new event. */
export function publishAsCurl(api: Api, { source, event, data }: PrintedEvent): string {
  const parts = [
    `curl ${quote(api.at('/events'))}`,
    ...(api.hasToken ? [tokenHeader] : []),
    `-H 'content-type: application/json'`,
    `--data-raw ${quote(stringifyExact({ source, event, data }))}`,
  ];
  return parts.join(' \\\n  ');
}

export type CurlResult = { ok: true; command: string; missing: string[] } | { ok: false; message: string };

/** The request of an attempt as a command. `missing` says what the record leaves out: secret headers, the end of a long body. */
export function attemptAsCurl(attempt: PrintedAttempt | undefined): CurlResult {
  const request = attempt?.request;
  if (request?.method === undefined || request.url === undefined)
    return { ok: false, message: 'The delivery has no attempt that sent a request.' };
  // curl counts the body itself.
  const headers = Object.entries(request.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'content-length');
  const parts = [
    `curl -X ${request.method} ${quote(request.url)}`,
    ...headers.flatMap(([name, value]) => (value === null ? [] : [`-H ${quote(`${name}: ${value}`)}`])),
    ...(request.body ? [`--data-raw ${quote(request.body)}`] : []),
  ];
  const missing = headers.flatMap(([name, value]) => (value === null ? [`the header ${name}`] : []));
  if (request.bodyTruncated) missing.push('the end of the body');
  return { ok: true, command: parts.join(' \\\n  '), missing };
}

/** A word for a POSIX shell, whatever it holds. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
