import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

export type Digest = 'sha1' | 'sha256' | 'sha512';
type Bytes = string | Uint8Array;

const standardPrefix = 'whsec_';
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The HMAC of the parts, one after the other. */
export function hmac(digest: Digest, secret: string | KeyObject, ...parts: readonly Bytes[]): Buffer {
  const mac = createHmac(digest, secret);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** The key of a Standard Webhooks secret: `whsec_` and base64 gives bytes; the key of any other secret is its text. */
export function standardKey(secret: string): string | KeyObject {
  if (!secret.startsWith(standardPrefix)) return secret;
  const encoded = secret.slice(standardPrefix.length);
  // Node 24 makes an HMAC with a key of bytes by way of two errors with stack traces, 16 µs or more. A key object has none.
  return base64.test(encoded) ? createSecretKey(encoded, 'base64') : secret;
}

/** Compares in a time that depends on neither value. */
export function isSame(a: Bytes, b: Bytes): boolean {
  return timingSafeEqual(digestOf(a), digestOf(b));
}

function digestOf(value: Bytes): Buffer {
  return createHash('sha256').update(value).digest();
}

/** Whether one of the secrets fits. All are tried, so that the time does not tell which. */
export function fitsAny(secrets: readonly string[], fits: (secret: string) => boolean): boolean {
  return secrets.map(fits).includes(true);
}
