const strict = new TextDecoder('utf-8', { fatal: true });

/** The text of bytes in UTF-8, a byte-order mark at its beginning dropped; null when they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}
