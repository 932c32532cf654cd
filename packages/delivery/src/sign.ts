import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

const standardPrefix = 'whsec_';
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

export interface SigningInput {
  /** The delivery's id, the same on every attempt. */
  id: string;
  /** Epoch seconds of this attempt. */
  timestampSeconds: number;
  body: string | Buffer;
  /** The current secret first; older ones follow, the oldest last, while the grace period of a rotation lasts. Empty when the hook has none. */
  secrets: readonly string[];
  algorithm: 'sha1' | 'sha256';
}

/**
 * The headers that identify and sign one attempt, names in lower case:
 *
 * - `webhook-id` and `webhook-timestamp`, always.
 * - `x-kong-signature`: `sha1=` or `sha256=` and the hex HMAC of the body, as Kong's. The key is a secret's text as it was
 *   configured, `whsec_` included. Kong's header holds one signature, which is made with the oldest secret: a receiver that has
 *   not heard of a rotation goes on as before, and every receiver knows that the header changes at the end of the grace period.
 * - `webhook-signature`: Standard Webhooks' `v1,` and base64 HMAC-SHA256 of `id.timestamp.body`, one per secret, separated
 *   by spaces. `whsec_` and base64 is decoded to the key's bytes; the key of any other secret is its UTF-8 text (what the
 *   `standardwebhooks` package calls the format `raw`).
 */
export function signRequest(input: SigningInput): Record<string, string> {
  const timestamp = String(input.timestampSeconds);
  const headers: Record<string, string> = { 'webhook-id': input.id, 'webhook-timestamp': timestamp };
  const oldest = input.secrets.at(-1);
  if (oldest === undefined) return headers;
  const kongSignature = createHmac(input.algorithm, oldest).update(input.body).digest('hex');
  headers['x-kong-signature'] = `${input.algorithm}=${kongSignature}`;
  const signed = `${input.id}.${timestamp}.`;
  headers['webhook-signature'] = input.secrets
    .map((secret) => {
      const hmac = createHmac('sha256', standardKey(secret)).update(signed).update(input.body);
      return `v1,${hmac.digest('base64')}`;
    })
    .join(' ');
  return headers;
}

function standardKey(secret: string): string | KeyObject {
  if (!secret.startsWith(standardPrefix)) return secret;
  const encoded = secret.slice(standardPrefix.length);
  // Node 24 makes an HMAC with a key of bytes by way of two errors with stack traces, 16 µs or more. A key object has none.
  return base64.test(encoded) ? createSecretKey(encoded, 'base64') : secret;
}
