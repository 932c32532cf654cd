import { to_luastring } from 'fengari';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 of RFC 4648. An isolate has no `btoa`. */
export function encodeBase64(bytes: Uint8Array, padded: boolean): Uint8Array {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second, third] = bytes.subarray(at, at + 3);
    const bits = (first << 16) | ((second ?? 0) << 8) | (third ?? 0);
    const digits = [bits >>> 18, (bits >>> 12) & 63, (bits >>> 6) & 63, bits & 63];
    const kept = third === undefined ? (second === undefined ? 2 : 3) : 4;
    text += digits
      .slice(0, kept)
      .map((digit) => ALPHABET[digit])
      .join('');
    if (padded) text += '='.repeat(4 - kept);
  }
  return to_luastring(text);
}

/** Padding may be absent. @returns null when the bytes are not base64. */
export function decodeBase64(bytes: Uint8Array): Uint8Array | null {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 61) end -= 1;
  if (bytes.length - end > 2 || end % 4 === 1) return null;
  const out = new Uint8Array(Math.floor((end * 3) / 4));
  let bits = 0;
  let filled = 0;
  for (let at = 0; at < end; at++) {
    const digit = ALPHABET.indexOf(String.fromCharCode(bytes[at] ?? 0));
    if (digit < 0) return null;
    bits = (bits << 6) | digit;
    if (at % 4 > 0) out[filled++] = (bits >>> (6 - (at % 4) * 2)) & 255;
  }
  return out;
}
