import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** The reason why a sealed text cannot be opened: another key made it, or it or its place has changed. */
export type UnreadableReason = 'unknown_key' | 'damaged';
export type Opened = { ok: true; text: string } | { ok: false; reason: UnreadableReason };

export interface Keyring {
  /** Names the key that seals; null without keys, when nothing can be sealed. */
  readonly currentKeyId: string | null;
  /**
   * Encrypts a text for one place (AES-256-GCM, a random nonce). The place is authenticated: a text copied elsewhere cannot be opened
   * there. With this size of nonce, one key is good for 2^32 texts (NIST SP 800-38D, section 8.3).
   *
   * @param place for example `event_hooks/<id>/config.secret`.
   * @throws when there is no key; ask `currentKeyId` before.
   */
  seal(text: string, place: string): string;
  open(sealed: string, place: string): Opened;
  /** Whether the text was sealed by the current key. */
  isCurrent(sealed: string): boolean;
}

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param keys 32 bytes each: the first seals, all open. */
export function createKeyring(keys: readonly Buffer[]): Keyring {
  const byId = new Map(keys.map((key) => [keyIdOf(key), key]));
  const [current] = keys;
  const currentKeyId = current === undefined ? null : keyIdOf(current);
  return {
    currentKeyId,
    seal(text, place) {
      if (current === undefined) throw new Error('there is no key to seal with');
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current, nonce);
      cipher.setAAD(Buffer.from(place));
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${VERSION}.${currentKeyId}.${sealed.toString('base64')}`;
    },
    open(sealed, place) {
      const [version, keyId = '', encoded = ''] = sealed.split('.');
      if (version !== VERSION) return { ok: false, reason: 'damaged' };
      const key = byId.get(keyId);
      return key === undefined ? { ok: false, reason: 'unknown_key' } : decrypt(key, encoded, place);
    },
    isCurrent: (sealed) => sealed.startsWith(`${VERSION}.${currentKeyId}.`),
  };
}

function decrypt(key: Buffer, encoded: string, place: string): Opened {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return { ok: false, reason: 'damaged' };
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const body = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return { ok: true, text: Buffer.concat([body, decipher.final()]).toString('utf8') };
  } catch {
    return { ok: false, reason: 'damaged' };
  }
}

/** The id of a key, which reveals nothing about it. */
function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('eventhooks key id').update(key).digest('hex').slice(0, 8);
}
