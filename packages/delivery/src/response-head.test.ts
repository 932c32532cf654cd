import { responseCases } from '../tests/support/responses.ts';
import { beginsWithPlainHead, canBeginHead, readHead } from './response-head.ts';

const heads = responseCases.flatMap(({ bytes }) => /^[\r\n]*(.*?\n\r?\n)/s.exec(bytes)?.[1] ?? []);

test('every final head is rewritten to plain form, and one in plain form keeps its status', () => {
  for (const head of heads) {
    const reading = readHead(head);
    if (reading.kind !== 'final') continue;
    expect(beginsWithPlainHead(reading.text)).toBe(true);
    if (beginsWithPlainHead(head)) expect(reading.text.slice(0, 12)).toBe(head.slice(0, 12));
  }
  expect(heads.length).toBeGreaterThan(50);
});

test.each([
  ['HTTP/1.1 200 OK\r\n\r\n', true],
  ['HTTP/1.1 204 No Content\r\nDate: x\r\nContent-Length: 0\r\nServer: y\r\n\r\n', true],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', true],
  ['HTTP/1.1 200 OK\r\nx-content-length: a\r\ncontent-length: 2\r\ncontent-lengthy: b\r\n\r\n', true],
  ['HTTP/1.1 100 Continue\r\n\r\n', false],
  ['HTTP/1.1 000 X\r\n\r\n', false],
  ['http/1.1 200 OK\r\n\r\n', false],
  ['HTTP/1.1 200 OK\n\n', false],
  ['HTTP/1.1 200 OK\r\n\r\nbody', true],
  ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n', false],
  ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n', false],
  ['HTTP/1.1 200 OK\r\ncontent-length : 2\r\n\r\n', false],
  ['HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n', false],
  ['HTTP/1.1 200 OK\r\nx-a: b\r\n c\r\n\r\n', false],
  ['HTTP/1.1 200 OK\r\nx-a\r\n\r\n', false],
  ['HTTP/1.1 200 OK\r\nx-a: \0\r\n\r\n', false],
])('%j begins with a plain head: %p', (head, plain) => {
  expect(beginsWithPlainHead(head)).toBe(plain);
});

test.each([
  ['', true],
  ['H', true],
  ['http/', true],
  ['HTTP/1.1 2', true],
  ['HTTP/1.1 200 OK\r\n', true],
  ['HTTP/1.1 200\n', true],
  ['<', false],
  ['HTP', false],
  ['HTTP/1.1 OK\r\n', false],
  ['HTTP/1.1 2000\r\n', false],
])('%j can begin a head: %p', (text, can) => {
  expect(canBeginHead(text)).toBe(can);
});
