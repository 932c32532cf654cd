/** Spaces at either end and control characters anywhere: URL parsers drop them, so the text and what is dialled would differ. */
const DROPPED_BY_PARSERS = /^\s|\s$|\p{Cc}/u;

export type HttpUrlResult = { ok: true; url: URL } | { ok: false; message: string };

/**
 * Reads a URL that requests are sent to. Further checks take `url`, never the text: the parser accepts more spellings of one
 * address than a pattern does (`HTTP:`, backslashes, a missing slash).
 */
export function parseHttpUrl(text: string): HttpUrlResult {
  if (DROPPED_BY_PARSERS.test(text)) {
    return { ok: false, message: 'must not contain control characters, nor begin or end with a space' };
  }
  const url = URL.parse(text);
  const isHttp = url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '';
  return isHttp ? { ok: true, url } : { ok: false, message: 'expected an http or https URL' };
}
