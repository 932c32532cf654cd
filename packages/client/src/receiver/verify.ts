import { timingSafeEqual } from 'node:crypto';
import { readRequest, type SignedRequest } from './read-request.ts';
import { standardHmac } from './sign.ts';

export interface VerifyOptions {
  /** How far the timestamp may be from this machine's clock, in seconds (300). It bounds how long a recorded request can be replayed. */
  toleranceSeconds?: number;
  /** Bodies with more bytes are not read (1 MiB). */
  maxBodyBytes?: number;
}

export type VerificationFault =
  /** `webhook-id`, `webhook-timestamp` or `webhook-signature` is missing: the hook has no secret, or the sender is not Eventhooks. */
  'missing_headers' | 'body_not_raw' | 'body_too_large' | 'timestamp_out_of_tolerance' | 'signature_mismatch';

export type Verification =
  | {
      ok: true;
      /** The same on every attempt of a delivery: drop ids that you have seen. */
      id: string;
      /** When this attempt was sent. */
      sentAt: Date;
      text: string;
      /** The body as JSON; undefined if it is not JSON. A webhook sends the event's data with `event` and `source`. */
      payload: unknown;
    }
  | { ok: false; kind: VerificationFault; message: string };

/**
 * Whether a request was sent by Eventhooks and is whole: its Standard Webhooks signature
 * (https://www.standardwebhooks.com), compared in constant time.
 *
 * @param secret the hook's `config.secret`; several while one is being replaced.
 */
export async function verify(
  request: SignedRequest,
  secret: string | readonly string[],
  { toleranceSeconds = 300, maxBodyBytes = 1024 * 1024 }: VerifyOptions = {},
): Promise<Verification> {
  const secrets = typeof secret === 'string' ? [secret] : secret;
  if (secrets.length === 0 || secrets.includes(''))
    throw new TypeError('secret: expected at least one, none of them empty');
  const read = await readRequest(request, maxBodyBytes);
  if (!read.ok) return read;
  const id = read.header('webhook-id');
  const timestamp = read.header('webhook-timestamp');
  const signature = read.header('webhook-signature');
  if (id === null || timestamp === null || signature === null) {
    return fail('missing_headers', 'webhook-id, webhook-timestamp or webhook-signature is missing');
  }
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > toleranceSeconds) {
    return fail(
      'timestamp_out_of_tolerance',
      `The timestamp ${timestamp.slice(0, 20)} is more than ${toleranceSeconds} s away`,
    );
  }
  const { body } = read;
  const given = readSignatures(signature);
  const isSigned = secrets.some((one) => {
    const expected = standardHmac({ id, timestamp, body, secret: one });
    return given.some((candidate) => isSame(candidate, expected));
  });
  if (!isSigned) return fail('signature_mismatch', 'No signature fits: another secret, or a changed body');
  const text = body.toString('utf8');
  return { ok: true, id, sentAt: new Date(Number(timestamp) * 1000), text, payload: parseJson(text) };
}

/** Signatures of version 1; a sender may give several, separated by spaces. */
function readSignatures(header: string): Buffer[] {
  return header
    .split(' ')
    .slice(0, 16)
    .filter((part) => part.startsWith('v1,'))
    .map((part) => Buffer.from(part.slice(3), 'base64'));
}

/** Compares in constant time if the lengths match. */
export function isSame(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function fail(kind: VerificationFault, message: string): Verification {
  return { ok: false, kind, message };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
