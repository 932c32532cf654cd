/**
 * The head of a response, as receivers really send it, brought into the one form that a strict parser takes. A status that can
 * be read is never lost to an oddity beside it. See docs/adr/0011-the-status-decides.md.
 */
export type HeadReading =
  /** `text` is a head in plain form, its blank line included. */
  | { kind: 'final'; text: string }
  /** A 1xx response: another head follows. */
  | { kind: 'informational' }
  | { kind: 'invalid'; message: string };

/**
 * Goes before the name of a header that cannot frame the body, so that undici does not read it and the record still has it. A
 * receiver that sends such a name itself is only recorded under another one.
 */
const setAside = 'eventhooks-set-aside-';

const statusLine = /^HTTP\/(\d+(?:\.\d+)?)[ \t]+(\d{3})(?!\d)(.*)$/is;
const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
/** More digits than a safe integer may have are not a length. */
const lengthValue = /^\d{1,15}$/;

const otherHeader = String.raw`(?!(?:content-length|transfer-encoding)[ \t:])[!#$%&'*+.^_\x60|~0-9a-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n`;
const framingHeader = String.raw`(?:content-length:[ \t]*\d{1,15}|transfer-encoding:[ \t]*chunked)[ \t]*\r\n`;
const plainHead = new RegExp(
  String.raw`^HTTP/1\.[01] [2-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?\r\n(?:${otherHeader})*(?:${framingHeader}(?:${otherHeader})*)?\r\n`,
  'i',
);

/**
 * True of a text that begins with a head which any HTTP/1.1 parser reads in the same way: a final status, CRLF throughout,
 * tokens as names, no control characters, and at most one header that frames the body. Nearly every response passes here, so
 * this is one expression.
 */
export function beginsWithPlainHead(text: string): boolean {
  return text.startsWith('HTTP') && plainHead.test(text);
}

/** False once these first bytes cannot become a status line any more. */
export function canBeginHead(text: string): boolean {
  const end = text.indexOf('\n');
  if (end !== -1) return statusLine.test(text.slice(0, end));
  return text.length < 5 ? 'HTTP/'.startsWith(text.toUpperCase()) : /^HTTP\//i.test(text);
}

/** Reads a head that is complete, in Latin-1. */
export function readHead(head: string): HeadReading {
  const [first = '', ...lines] = head.split(/\r?\n/);
  const [, version = '', digits = '', reason = ''] = statusLine.exec(first) ?? [];
  const status = Number(digits);
  if (digits === '' || status < 100) return { kind: 'invalid', message: 'the response has no valid status' };
  if (status === 101) return { kind: 'invalid', message: 'the receiver switches protocols without being asked' };
  if (status < 200) return { kind: 'informational' };
  const headers = frameBody(status, readHeaders(lines));
  const protocol = Number(version) < 1.1 ? 'HTTP/1.0' : 'HTTP/1.1';
  const fields = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return { kind: 'final', text: `${protocol} ${digits} ${toFieldText(reason)}\r\n${fields}\r\n` };
}

/** The name under which a header is recorded. */
export function recordedHeaderName(name: string): string {
  return name.startsWith(setAside) ? name.slice(setAside.length) : name;
}

type Header = [name: string, value: string];

/** RFC 9112, sections 2.2, 5.1 and 5.2: a folded line continues the one before; lines that are not headers are left out. */
function readHeaders(lines: readonly string[]): Header[] {
  const headers: Header[] = [];
  for (const line of lines) {
    const last = headers.at(-1);
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd();
    if (/^[ \t]/.test(line)) {
      if (last !== undefined) last[1] = toFieldText(`${last[1]} ${line}`);
    } else if (token.test(name)) {
      headers.push([name, toFieldText(line.slice(colon + 1))]);
    }
  }
  return headers;
}

/** RFC 9110, section 5.5: CR, LF, NUL and their like become spaces. */
function toFieldText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are replaced.
  return text.replace(/[\0-\x08\n-\x1f\x7f]/g, ' ').replace(/^[ \t]+|[ \t]+$/g, '');
}

/**
 * Leaves at most one header that frames the body: chunks before a length (RFC 9112, section 6.3), and the smallest of several
 * lengths. Without one the body ends with the connection. If a receiver contradicts itself, the connection is not used
 * again, because the beginning of the next response is unknown.
 */
function frameBody(status: number, headers: readonly Header[]): Header[] {
  const lengths = listOf(headers, 'content-length');
  const codings = listOf(headers, 'transfer-encoding').filter((coding) => coding !== 'identity');
  const framing = chooseFraming(status, lengths, codings);
  const framed: Header[] = [];
  let isFramed = false;
  for (const [name, value] of headers) {
    const lowerName = name.toLowerCase();
    if (lowerName === framing?.[0] && !isFramed) {
      framed.push(framing);
      isFramed = true;
    } else {
      const isSetAside = lowerName === 'content-length' || lowerName === 'transfer-encoding';
      framed.push([isSetAside ? setAside + name : name, value]);
    }
  }
  const agrees = framing !== null && [...lengths, ...codings].every((member) => member === framing[1]);
  const mayHaveBody = lengths.some((length) => length !== '0') || codings.length > 0;
  if (mayHaveBody && !agrees) framed.push(['connection', 'close']);
  return framed;
}

function chooseFraming(status: number, lengths: readonly string[], codings: readonly string[]): Header | null {
  // RFC 9112, section 6.3: these responses end with their head, whatever their headers say.
  if (status === 204 || status === 304) return null;
  if (codings.at(-1) === 'chunked') return ['transfer-encoding', 'chunked'];
  const valid = lengths.filter((length) => lengthValue.test(length)).map(Number);
  return codings.length > 0 || valid.length === 0 ? null : ['content-length', String(Math.min(...valid))];
}

/** The members of a header that is a list, in lower case, however they are spread over lines. */
function listOf(headers: readonly Header[], wanted: string): string[] {
  return headers
    .filter(([name]) => name.toLowerCase() === wanted)
    .flatMap(([, value]) => value.split(','))
    .map((member) => member.trim().toLowerCase())
    .filter((member) => member !== '');
}
