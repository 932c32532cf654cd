import type { FailureKind } from '../../src/index.ts';

/** The bytes that a receiver sends, and the outcome of the attempt. */
export interface ResponseCase {
  title: string;
  /** Each character is one byte. */
  bytes: string;
  /** The end of the connection after these bytes; default `keep`. */
  after?: 'keep' | 'end' | 'reset';
  /** The status that decides; null when there is none. */
  status: number | null;
  /** Default: none, the attempt succeeds. */
  kind?: FailureKind;
  body?: string;
  headers?: Record<string, string>;
}

const KIBIBYTE = 1024;
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n';

function withHeaderBytes(count: number, status = '200 OK'): string {
  return `HTTP/1.1 ${status}\r\ncontent-security-policy: ${'x'.repeat(count)}\r\ncontent-length: 0\r\n\r\n`;
}

function withManyHeaders(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => `x-${index}: ${'y'.repeat(40)}\r\n`);
  return `HTTP/1.1 200 OK\r\n${lines.join('')}content-length: 0\r\n\r\n`;
}

/** Bodies that the head announces and that HTTP forbids, or that come in another length. */
const lengths: readonly ResponseCase[] = [
  { title: 'F20 204 with a length', bytes: 'HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n', status: 204 },
  {
    title: 'F20 204 with a length and a body',
    bytes: 'HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n{}',
    status: 204,
    body: '',
    headers: { 'content-length': '2' },
  },
  {
    title: 'F20 204 with chunks',
    bytes: 'HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    status: 204,
  },
  {
    title: 'F20 304 with a length',
    bytes: 'HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n',
    status: 304,
    kind: 'redirect',
  },
  {
    title: 'F23 the same length twice',
    bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nhi',
    status: 200,
    body: 'hi',
    headers: { 'content-length': '2, 2' },
  },
  {
    title: 'F23 the same length twice in one header',
    bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\nhi',
    status: 200,
    body: 'hi',
  },
  {
    title: 'two lengths',
    bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 2\r\n\r\nhi!',
    status: 200,
    body: 'hi',
    headers: { 'content-length': '2, 2' },
  },
  {
    title: 'a negative length',
    bytes: 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nhi',
    after: 'end',
    status: 200,
    body: 'hi',
    headers: { 'content-length': '-1' },
  },
  {
    title: 'a length of 30 digits',
    bytes: `HTTP/1.1 500 X\r\ncontent-length: ${'9'.repeat(30)}\r\n\r\nhi`,
    after: 'end',
    status: 500,
    kind: 'http_5xx',
    body: 'hi',
  },
  {
    title: 'a length that is no number',
    bytes: 'HTTP/1.1 200 OK\r\ncontent-length: two\r\n\r\nhi',
    after: 'end',
    status: 200,
    body: 'hi',
  },
  {
    title: 'an empty length',
    bytes: 'HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\nhi',
    after: 'end',
    status: 200,
    body: 'hi',
  },
  {
    title: 'a length with a plus',
    bytes: 'HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nhi',
    after: 'end',
    status: 200,
  },
  { title: 'a body shorter than its length', bytes: `${ok}\r\nh`, after: 'end', status: 200, body: 'h' },
  { title: 'a body longer than its length', bytes: `${ok}\r\nhigh`, status: 200, body: 'hi' },
  { title: 'no length, and an end', bytes: 'HTTP/1.1 200 OK\r\n\r\nhi', after: 'end', status: 200, body: 'hi' },
  { title: 'no length, and a reset', bytes: 'HTTP/1.1 200 OK\r\n\r\nhi', after: 'reset', status: 200 },
  { title: 'a length, and a reset in the body', bytes: `${ok}\r\nh`, after: 'reset', status: 200 },
  {
    title: 'connection: close, a length, and an end without a body',
    bytes: `${ok}connection: close\r\n\r\n`,
    after: 'end',
    status: 200,
  },
  {
    title: 'gzip that is none',
    bytes: 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nhi',
    status: 200,
    body: 'hi',
  },
];

const chunks: readonly ResponseCase[] = [
  {
    title: 'chunks with extensions',
    bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n0;c\r\n\r\n',
    status: 200,
    body: 'hi',
  },
  {
    title: 'trailers',
    bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-a\r\n\r\n2\r\nhi\r\n0\r\nx-a: b\r\n\r\n',
    status: 200,
    body: 'hi',
  },
  {
    title: 'trailers that are no headers',
    bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\0\0\r\n\r\n',
    status: 200,
    body: 'hi',
  },
  {
    title: 'a chunk size that is none',
    bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    status: 200,
  },
  {
    title: 'a negative chunk size',
    bytes: 'HTTP/1.1 410 Gone\r\ntransfer-encoding: chunked\r\n\r\n-2\r\nhi\r\n',
    status: 410,
    kind: 'gone',
  },
  {
    title: 'a huge chunk size',
    bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffffff\r\nhi',
    status: 200,
  },
  {
    title: 'a chunk longer than its size',
    bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhigh\r\n0\r\n\r\n',
    status: 200,
    body: 'hi',
  },
  {
    title: 'chunks with bare LF',
    bytes: 'HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n2\nhi\n0\n\n',
    status: 200,
  },
  {
    title: 'chunks that end without the last one',
    bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n',
    after: 'end',
    status: 200,
    body: 'hi',
  },
  {
    title: 'a length and chunks',
    bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    status: 200,
    body: 'hi',
    headers: { 'content-length': '5', 'transfer-encoding': 'chunked' },
  },
  {
    title: 'chunked twice',
    bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    status: 200,
    body: 'hi',
  },
  {
    title: 'a transfer coding of identity beside a length',
    bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\ncontent-length: 2\r\n\r\nhi',
    status: 200,
    body: 'hi',
  },
  {
    title: 'a transfer coding that nobody knows',
    bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked\r\n\r\nhi',
    after: 'end',
    status: 200,
    body: 'hi',
  },
];

const heads: readonly ResponseCase[] = [
  { title: 'F22 20,000 bytes of headers', bytes: withHeaderBytes(20_000), status: 200 },
  {
    title: 'F22 410 with 20,000 bytes of headers',
    bytes: withHeaderBytes(20_000, '410 Gone'),
    status: 410,
    kind: 'gone',
  },
  { title: 'F22 256 KiB of headers', bytes: withHeaderBytes(256 * KIBIBYTE - 60), status: 200 },
  { title: 'F22 5,000 headers', bytes: withManyHeaders(5_000), status: 200 },
  {
    title: 'F22 far more than 256 KiB of headers',
    bytes: withHeaderBytes(300 * KIBIBYTE),
    status: null,
    kind: 'too_large_headers',
  },
  {
    title: 'bare LF',
    bytes: 'HTTP/1.1 200 OK\ncontent-length: 2\nx-a: b\n\nhi',
    status: 200,
    body: 'hi',
    headers: { 'x-a': 'b' },
  },
  { title: 'CRLF and LF mixed', bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 2\n\r\nhi', status: 200, body: 'hi' },
  {
    title: 'CR within a value',
    bytes: `${ok}x-a: b\rc\r\n\r\nhi`,
    status: 200,
    body: 'hi',
    headers: { 'x-a': 'b c' },
  },
  {
    title: 'obsolete folding',
    bytes: `${ok}x-a: b\r\n c\r\n\td\r\n\r\nhi`,
    status: 200,
    body: 'hi',
    headers: { 'x-a': 'b  c \td' },
  },
  {
    title: 'folding before the first header',
    bytes: 'HTTP/1.1 200 OK\r\n x\r\ncontent-length: 2\r\n\r\nhi',
    status: 200,
  },
  { title: 'a header without a colon', bytes: `${ok}rubbish\r\n\r\nhi`, status: 200, body: 'hi' },
  { title: 'a header without a name', bytes: `${ok}: b\r\n\r\nhi`, status: 200, body: 'hi' },
  { title: 'a space in a name', bytes: `${ok}x a: b\r\n\r\nhi`, status: 200, body: 'hi' },
  {
    title: 'a space after a name',
    bytes: 'HTTP/1.1 200 OK\r\ncontent-length : 2\r\n\r\nhi',
    status: 200,
    body: 'hi',
    headers: { 'content-length': '2' },
  },
  { title: 'NUL in a value', bytes: `${ok}x-a: b\0c\r\n\r\nhi`, status: 200, body: 'hi', headers: { 'x-a': 'b c' } },
  { title: 'NUL in a name', bytes: `${ok}x\0a: b\r\n\r\nhi`, status: 200, body: 'hi' },
  {
    title: 'F24 a value in UTF-8',
    bytes: `${ok}x-name: ${Buffer.from('Zoë ✓').toString('latin1')}\r\n\r\nhi`,
    status: 200,
    headers: { 'x-name': 'Zoë ✓' },
  },
  {
    title: 'F24 a value in Latin-1',
    bytes: `${ok}x-name: Zo\xeb\r\n\r\nhi`,
    status: 200,
    headers: { 'x-name': 'Zoë' },
  },
  {
    title: 'connection: upgrade without one',
    bytes: `${ok}connection: upgrade\r\nupgrade: h2c\r\n\r\nhi`,
    status: 200,
    body: 'hi',
  },
  { title: 'a header called __proto__', bytes: `${ok}__proto__: x\r\n\r\nhi`, status: 200, body: 'hi' },
  { title: 'a head and a reset', bytes: `${ok}\r\n`, after: 'reset', status: 200 },
];

const statusLines: readonly ResponseCase[] = [
  { title: 'HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\n\r\nhi', after: 'end', status: 200, body: 'hi' },
  { title: 'HTTP/1.0 that is kept', bytes: 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi', status: 200, body: 'hi' },
  { title: 'HTTP/0.9 in a status line', bytes: 'HTTP/0.9 200 OK\r\n\r\n', after: 'end', status: 200 },
  { title: 'HTTP/1.2', bytes: 'HTTP/1.2 200 OK\r\ncontent-length: 2\r\n\r\nhi', status: 200, body: 'hi' },
  {
    title: 'HTTP/2 in a status line',
    bytes: 'HTTP/2 503 X\r\ncontent-length: 0\r\n\r\n',
    status: 503,
    kind: 'http_5xx',
  },
  { title: 'lower-case http', bytes: 'http/1.1 200 ok\r\ncontent-length: 0\r\n\r\n', status: 200 },
  { title: 'no reason', bytes: 'HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n', status: 200 },
  { title: 'no reason but a space', bytes: 'HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n', status: 200 },
  { title: 'two spaces', bytes: 'HTTP/1.1  200  OK\r\ncontent-length: 0\r\n\r\n', status: 200 },
  {
    title: 'a reason in UTF-8',
    bytes: 'HTTP/1.1 404 Nicht gef\xc3\xbcnden\r\ncontent-length: 0\r\n\r\n',
    status: 404,
    kind: 'http_4xx',
  },
  { title: 'NUL in the reason', bytes: 'HTTP/1.1 200 O\0K\r\ncontent-length: 0\r\n\r\n', status: 200 },
  { title: 'a reason without a space', bytes: 'HTTP/1.1 200OK\r\ncontent-length: 0\r\n\r\n', status: 200 },
  { title: 'empty lines before the status line', bytes: `\r\n\n\r\n${ok}\r\nhi`, status: 200, body: 'hi' },
  { title: 'F27 status 000', bytes: 'HTTP/1.1 000 X\r\ncontent-length: 0\r\n\r\n', status: null, kind: 'protocol' },
  { title: 'F27 status 099', bytes: 'HTTP/1.1 099 X\r\ncontent-length: 0\r\n\r\n', status: null, kind: 'protocol' },
  { title: 'F27 status 99', bytes: 'HTTP/1.1 99 X\r\ncontent-length: 0\r\n\r\n', status: null, kind: 'protocol' },
  { title: 'F27 status 1000', bytes: 'HTTP/1.1 1000 X\r\ncontent-length: 0\r\n\r\n', status: null, kind: 'protocol' },
  { title: 'F27 status -200', bytes: 'HTTP/1.1 -200 X\r\ncontent-length: 0\r\n\r\n', status: null, kind: 'protocol' },
  { title: 'F27 no status', bytes: 'HTTP/1.1 OK\r\n\r\n', status: null, kind: 'protocol' },
  { title: 'F27 status 600', bytes: 'HTTP/1.1 600 X\r\ncontent-length: 0\r\n\r\n', status: 600, kind: 'protocol' },
  { title: 'F27 status 999', bytes: 'HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n', status: 999, kind: 'protocol' },
];

const informational: readonly ResponseCase[] = [
  { title: 'F23 100 Continue', bytes: `HTTP/1.1 100 Continue\r\n\r\n${ok}\r\nhi`, status: 200, body: 'hi' },
  { title: 'F23 100 with bare LF', bytes: `HTTP/1.1 100 Continue\n\n${ok}\r\nhi`, status: 200, body: 'hi' },
  {
    title: 'F23 100 with headers',
    bytes: `HTTP/1.1 100 X\r\ncontent-length: 5\r\n\r\n${ok}\r\nhi`,
    status: 200,
    body: 'hi',
  },
  {
    title: 'F23 100, 102 and 103 before 410',
    bytes: 'HTTP/1.1 100 X\r\n\r\nHTTP/1.1 102 X\r\n\r\nHTTP/1.1 103 X\r\nlink: </a>\r\n\r\nHTTP/1.1 410 Gone\r\n\r\n',
    after: 'end',
    status: 410,
    kind: 'gone',
  },
  { title: 'F23 100 and an end', bytes: 'HTTP/1.1 100 Continue\r\n\r\n', after: 'end', status: null, kind: 'reset' },
  {
    title: 'nine 1xx responses',
    bytes: `${'HTTP/1.1 102 X\r\n\r\n'.repeat(9)}${ok}\r\nhi`,
    status: null,
    kind: 'protocol',
  },
  {
    title: '101 that nobody asked for',
    bytes: 'HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    status: null,
    kind: 'protocol',
  },
  { title: '101 without an upgrade', bytes: 'HTTP/1.1 101 X\r\n\r\n', status: null, kind: 'protocol' },
];

const noResponses: readonly ResponseCase[] = [
  { title: 'the greeting of an SSH server', bytes: 'SSH-2.0-OpenSSH_9.6\r\n', status: null, kind: 'protocol' },
  { title: 'an HTTP/0.9 page', bytes: '<html>hello</html>\r\n', status: null, kind: 'protocol' },
  { title: 'a TLS alert', bytes: '\x15\x03\x03\x00\x02\x02\x28', status: null, kind: 'protocol' },
  { title: 'the preface of HTTP/2', bytes: '\0\0\x12\x04\0\0\0\0\0', status: null, kind: 'protocol' },
  { title: 'the status line of another protocol', bytes: 'ICY 200 OK\r\n\r\n', status: null, kind: 'protocol' },
  { title: 'an end', bytes: '', after: 'end', status: null, kind: 'reset' },
  { title: 'a reset', bytes: '', after: 'reset', status: null, kind: 'reset' },
  { title: 'an end in the status line', bytes: 'HTTP/1.1 20', after: 'end', status: null, kind: 'reset' },
  { title: 'an end in the headers', bytes: 'HTTP/1.1 200 OK\r\nx-a: b\r\n', after: 'end', status: null, kind: 'reset' },
];

export const responseCases: readonly ResponseCase[] = [
  ...lengths,
  ...chunks,
  ...heads,
  ...statusLines,
  ...informational,
  ...noResponses,
];
