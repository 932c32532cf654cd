import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

export interface SigningInput {
  /** The delivery's id, the same on every attempt. */
  id: string;
  /** Epoch seconds. */
  timestampSeconds: number;
  body: string | Uint8Array;
  secret: string;
  /** The algorithm of `x-kong-signature` (`sha1`). */
  algorithm?: 'sha1' | 'sha256';
}

/** The headers with which Eventhooks signs a delivery: for tests of receivers. */
export function sign({ id, timestampSeconds, body, secret, algorithm = 'sha1' }: SigningInput): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': `v1,${standardHmac({ id, timestamp: String(timestampSeconds), body, secret }).toString('base64')}`,
    'x-kong-signature': `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`,
  };
}

/** Standard Webhooks' HMAC-SHA256 of `id.timestamp.body`. */
export function standardHmac(input: {
  id: string;
  timestamp: string;
  body: string | Uint8Array;
  secret: string;
}): Buffer {
  return createHmac('sha256', standardKey(input.secret))
    .update(`${input.id}.${input.timestamp}.`)
    .update(input.body)
    .digest();
}

const PREFIX = 'whsec_';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** A secret of `whsec_` and base64 encodes the key's bytes; any other secret is the key itself, in UTF-8. */
function standardKey(secret: string): string | KeyObject {
  const encoded = secret.slice(PREFIX.length);
  // Node 24 makes an HMAC with a key of bytes by way of two errors with stack traces, 16 µs or more. A key object has none.
  return secret.startsWith(PREFIX) && BASE64.test(encoded) ? createSecretKey(encoded, 'base64') : secret;
}
