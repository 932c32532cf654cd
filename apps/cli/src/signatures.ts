import { randomUUID } from 'node:crypto';
import { sign, verify, verifyKong } from '@eventhooks/client';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { readInput } from './read-input.ts';
import type { Session } from './session.ts';

export interface SignOptions {
  secret: string;
  id?: string;
  timestamp?: number;
  algorithm: 'sha1' | 'sha256';
}

/** Prints the headers that Eventhooks would send with a body. */
export async function signBody({ output }: Session, options: SignOptions, [path = '-']: string[]): Promise<void> {
  const headers = sign({
    id: options.id ?? randomUUID(),
    timestampSeconds: options.timestamp ?? Math.floor(Date.now() / 1000),
    body: await readInput(path),
    secret: options.secret,
    algorithm: options.algorithm,
  });
  output.result(headers, () =>
    Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
  );
}

export interface VerifyCommandOptions {
  secret: string;
  header: string[];
  tolerance: number;
  algorithm: 'sha1' | 'sha256';
}

/** Checks a body's signature: Standard Webhooks', or Kong's where that is the only one given. Exits with 1 if it is wrong. */
export async function verifyBody(
  { output }: Session,
  options: VerifyCommandOptions,
  [path = '-']: string[],
): Promise<void> {
  const headers = Object.fromEntries(options.header.map(parseHeader));
  const request = { headers, body: await readInput(path) };
  const isKongOnly = headers['webhook-signature'] === undefined && headers['x-kong-signature'] !== undefined;
  const result = isKongOnly
    ? await verifyKong(request, options.secret, { algorithm: options.algorithm })
    : await verify(request, options.secret, { toleranceSeconds: options.tolerance });
  const report = result.ok ? { verified: true } : { verified: false, fault: result.kind, message: result.message };
  output.result(report, () =>
    result.ok
      ? output.paint('green', `✓ ${isKongOnly ? 'x-kong-signature' : 'webhook-signature'} is right`)
      : output.paint('red', `✗ ${result.kind}: ${result.message}`),
  );
  if (!result.ok) throw new CommandFailure(EXIT.no, '');
}

function parseHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new CommandFailure(EXIT.usage, `--header '${line}': expected 'name: value'`);
  return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
}
