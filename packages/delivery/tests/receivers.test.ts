import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { waitFor } from '../../../tests/support/index.ts';
import type { AttemptResult, DeliveryClient, OutboundRequest } from '../src/index.ts';
import { createLocalClient, post } from './support/client.ts';
import { type RawReceiver, startRawReceiver, writeEndlessly } from './support/raw-receiver.ts';

const mebibyte = 1024 * 1024;
/** Bound of what is in socket buffers when a flood is cut; a receiver that nobody cuts sends far more. */
const maxFloodBytes = 20 * mebibyte;

let client: DeliveryClient;
let receiver: RawReceiver | undefined;

beforeEach(() => {
  client = createLocalClient();
});

afterEach(async () => {
  await client.close();
  await receiver?.close();
  receiver = undefined;
});

async function deliverTo(
  respond: (socket: Socket, index: number) => void,
  changes: Partial<OutboundRequest> = {},
): Promise<AttemptResult> {
  receiver = await startRawReceiver(respond);
  return await client.send(post(`http://127.0.0.1:${receiver.port}/hook`, changes));
}

function bytesSent(): number {
  return receiver?.sockets[0]?.bytesWritten ?? 0;
}

test.each([
  ['200', undefined],
  ['204', undefined],
  ['299', undefined],
  ['301', 'redirect'],
  ['302', 'redirect'],
  ['304', 'redirect'],
  ['308', 'redirect'],
  ['400', 'http_4xx'],
  ['404', 'http_4xx'],
  ['410', 'gone'],
  ['429', 'http_429'],
  ['500', 'http_5xx'],
  ['503', 'http_5xx'],
  ['600', 'protocol'],
  ['999', 'protocol'],
])('a status of %s is the kind %s', async (status, kind) => {
  const result = await deliverTo((socket) => socket.write(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`));
  expect(result.ok ? undefined : result.kind).toBe(kind);
  expect(result.response?.status).toBe(Number(status));
});

test('many requests that hang hold up no other one to the same origin', async () => {
  receiver = await startRawReceiver((socket, index) => {
    if (index >= 600) socket.end('HTTP/1.1 204 No Content\r\n\r\n');
  });
  const url = `http://127.0.0.1:${receiver.port}/hook`;
  const hanging = Array.from({ length: 600 }, () => client.send(post(url, { timeoutMs: 60_000 })));
  const arrived = receiver;
  await waitFor(() => arrived.requests.length === 600);
  expect(await client.send(post(url))).toMatchObject({ ok: true });
  await client.close();
  expect((await Promise.all(hanging)).every(({ ok }) => !ok)).toBe(true);
});

test('a redirect is not followed, wherever it leads', async () => {
  const result = await deliverTo((socket) =>
    socket.write('HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n'),
  );
  expect(result).toMatchObject({ ok: false, kind: 'redirect' });
  expect(receiver?.requests).toHaveLength(1);
});

test('the answer is kept: status, headers in lower case with repeated ones joined, and body', async () => {
  const result = await deliverTo((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nX-One: 1\r\nSet-Cookie: a\r\nset-cookie: b\r\ncontent-length: 2\r\n\r\nhi'),
  );
  expect(result).toEqual({
    ok: true,
    response: {
      status: 200,
      headers: { 'x-one': '1', 'set-cookie': 'a, b', 'content-length': '2' },
      body: 'hi',
      bodyTruncated: false,
    },
    durationMs: expect.any(Number),
  });
});

test('a body of bytes that are no text becomes valid text without NUL', async () => {
  const body = Buffer.from([0x61, 0x00, 0xff, 0xc3, 0xa9, 0xe2, 0x82]);
  const result = await deliverTo((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n');
    socket.write(body);
  });
  expect(result.response?.body).toBe('a\ufffd\ufffdé\ufffd');
});

test('a body over 4 KiB is cut there, between characters, and its connection is used again when the rest is short', async () => {
  const body = `${'x'.repeat(4095)}é${'y'.repeat(10_000)}`;
  const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const first = await deliverTo((socket) => socket.write(answer));
  expect(first).toMatchObject({ ok: true, response: { body: 'x'.repeat(4095), bodyTruncated: true } });
  for (let sent = 1; sent < 6; sent += 1) await client.send(post(`http://127.0.0.1:${receiver?.port}/`));
  expect(receiver?.requests).toHaveLength(6);
  // undici rests a connection for a turn of the event loop, so that back-to-back requests take turns on two.
  expect(receiver?.sockets.length).toBeLessThanOrEqual(2);
});

test('a body of exactly 4 KiB is whole', async () => {
  const body = 'x'.repeat(4096);
  const result = await deliverTo((socket) => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 4096\r\n\r\n${body}`));
  expect(result).toMatchObject({ ok: true, response: { body, bodyTruncated: false } });
});

test('an endless body is cut, and the status decides', async () => {
  const result = await deliverTo((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    writeEndlessly(socket, `10000\r\n${'x'.repeat(65_536)}\r\n`);
  });
  expect(result).toMatchObject({ ok: true, response: { body: 'x'.repeat(4096), bodyTruncated: true } });
  expect(bytesSent()).toBeLessThan(maxFloodBytes);
});

test('a gzip bomb is not expanded', async () => {
  const bomb = gzipSync(Buffer.alloc(50 * mebibyte));
  const result = await deliverTo((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb);
  });
  expect(result).toMatchObject({ ok: true, response: { bodyTruncated: true } });
  expect(result.response?.body.length).toBeLessThanOrEqual(4096);
  expect(receiver?.requests[0]).not.toMatch(/accept-encoding/i);
});

test('100 MB of headers are cut as too_large_headers', async () => {
  const result = await deliverTo((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    writeEndlessly(socket, `x-flood: ${'x'.repeat(8_000)}\r\n`);
  });
  expect(result).toMatchObject({ ok: false, kind: 'too_large_headers', response: null });
  expect(bytesSent()).toBeLessThan(maxFloodBytes);
});

test('one endless header is cut as too_large_headers', async () => {
  const result = await deliverTo((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx-flood: ');
    writeEndlessly(socket, 'x'.repeat(65_536));
  });
  expect(result).toMatchObject({ ok: false, kind: 'too_large_headers' });
  expect(bytesSent()).toBeLessThan(maxFloodBytes);
});

test('endless trailers are cut, and the status decides', async () => {
  const result = await deliverTo((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n');
    writeEndlessly(socket, `x-flood: ${'x'.repeat(8_000)}\r\n`);
  });
  expect(result).toMatchObject({ ok: true, response: { status: 200, body: 'x' } });
  expect(bytesSent()).toBeLessThan(maxFloodBytes);
});

test('endless 1xx responses are cut as protocol', async () => {
  const result = await deliverTo((socket) => writeEndlessly(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'));
  expect(result).toMatchObject({ ok: false, kind: 'protocol', response: null });
  expect(bytesSent()).toBeLessThan(maxFloodBytes);
});

test('F23 a 100 that no response follows is the kind timeout', async () => {
  const result = await deliverTo((socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'), { timeoutMs: 200 });
  expect(result).toMatchObject({ ok: false, kind: 'timeout', response: null });
});

test('the limit of 1xx responses is for each response', async () => {
  const answer = `${'HTTP/1.1 102 X\r\n\r\n'.repeat(6)}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`;
  await deliverTo((socket) => socket.write(answer));
  expect(await client.send(post(`http://127.0.0.1:${receiver?.port}/`))).toMatchObject({ ok: true });
});

test('an answer before the whole request has been read decides', async () => {
  receiver = await startRawReceiver(() => {}, {
    accept: (socket) => socket.once('data', () => socket.end('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n')),
  });
  const body = Buffer.alloc(8 * mebibyte);
  const result = await client.send(post(`http://127.0.0.1:${receiver.port}/`, { body }));
  expect(result).toMatchObject({ ok: false, kind: 'http_4xx', response: { status: 413 } });
});

test('a body to HEAD is not read', async () => {
  const result = await deliverTo((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'), {
    method: 'HEAD',
    body: null,
  });
  expect(result).toMatchObject({ ok: true, response: { status: 200, body: '' } });
});

test('F22 of many headers about 16 KiB are recorded, and Retry-After among the others counts', async () => {
  const fillers = Array.from({ length: 40 }, (_, index) => `x-${index}: ${'y'.repeat(4_000)}\r\n`).join('');
  const result = await deliverTo((socket) =>
    socket.write(`HTTP/1.1 429 X\r\n${fillers}retry-after: 7\r\ncontent-length: 0\r\n\r\n`),
  );
  expect(result).toMatchObject({ kind: 'http_429', retryAfterMs: 7_000 });
  const recorded = JSON.stringify(result.response?.headers);
  expect(recorded.length).toBeLessThan(20_000);
  expect(recorded).toContain('"x-30"');
});

test('no answer at all is the kind timeout', async () => {
  const result = await deliverTo(() => {}, { timeoutMs: 200 });
  expect(result).toMatchObject({ ok: false, kind: 'timeout', message: 'no response within 200 ms', response: null });
});

test.each([
  ['headers', 'HTTP/1.1 200 OK\r\n'],
  ['reason phrase', 'HTTP/1.1 200 '],
])('%s that trickle are cut by the deadline of the whole', async (_part, start) => {
  expect(await trickle(start)).toMatchObject({ ok: false, kind: 'timeout', response: null });
});

test('a body that trickles is cut by the deadline of the whole, and the status decides', async () => {
  const result = await trickle('HTTP/1.1 200 OK\r\ncontent-length: 3000\r\n\r\n');
  expect(result).toMatchObject({ ok: true, response: { status: 200, body: expect.stringMatching(/^x+$/) } });
});

/** Sends `start`, and then bytes one by one for longer than the deadline. */
async function trickle(start: string): Promise<AttemptResult> {
  let timer: NodeJS.Timeout | undefined;
  const result = await deliverTo(
    (socket) => {
      socket.write(start);
      timer = setInterval(() => socket.write('x'), 20);
    },
    { timeoutMs: 400 },
  );
  clearInterval(timer);
  return result;
}

test('the connection that a deadline cut is closed', async () => {
  await deliverTo(() => {}, { timeoutMs: 200 });
  const socket = receiver?.sockets[0];
  if (socket && !socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  expect(socket?.closed).toBe(true);
});

test('time spent waiting for a connection counts towards the deadline, and does not cost the connection', async () => {
  await client.close();
  client = createLocalClient({ maxConnectionsPerOrigin: 1 });
  const held: Socket[] = [];
  receiver = await startRawReceiver((socket, index) => {
    if (index === 0) held.push(socket);
    else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  });
  const url = `http://127.0.0.1:${receiver.port}/`;
  const first = client.send(post(url));
  const second = await client.send(post(url, { timeoutMs: 100 }));
  expect(second).toMatchObject({ ok: false, kind: 'timeout', message: 'no connection within 100 ms' });
  held[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  expect((await first).ok).toBe(true);
  expect((await client.send(post(url))).ok).toBe(true);
  expect(receiver.sockets).toHaveLength(1);
  expect(receiver.requests).toHaveLength(2);
});

test('headers that take longer than their own timeout are the kind timeout', async () => {
  await client.close();
  client = createLocalClient({ headersTimeoutMs: 100 });
  const result = await deliverTo(() => {});
  expect(result).toMatchObject({ ok: false, kind: 'timeout' });
  expect(result.durationMs).toBeLessThan(14_000);
});

test('a refused connection is the kind connect_refused', async () => {
  receiver = await startRawReceiver(() => {});
  const { port } = receiver;
  await receiver.close();
  receiver = undefined;
  expect(await client.send(post(`http://127.0.0.1:${port}/`))).toMatchObject({ ok: false, kind: 'connect_refused' });
});

test.each([
  ['seconds', '120', 120_000],
  ['a huge number, bounded', '99999999999', 86_400_000],
  ['a date long past', 'Sun, 06 Nov 1994 08:49:37 GMT', 0],
  ['a date far off, bounded', 'Fri, 31 Dec 2999 23:59:59 GMT', 86_400_000],
  ['F25 decimals', '61.5', 62_000],
  ['F25 epoch seconds long past', '1000000001', 0],
  ['F25 epoch seconds far off, bounded', '4000000000', 86_400_000],
  ['F25 several forms, of which the longest counts', '5, Sun, 06 Nov 1994 08:49:37 GMT, 60', 60_000],
  ['F25 several headers', '5\r\nretry-after: 90', 90_000],
  ['rubbish', 'soon', null],
])('Retry-After in %s is read on 429 and 503', async (_what, value, retryAfterMs) => {
  let status = 429;
  const result = await deliverTo((socket) =>
    socket.write(`HTTP/1.1 ${status} X\r\nretry-after: ${value}\r\ncontent-length: 0\r\n\r\n`),
  );
  expect(result).toMatchObject({ kind: 'http_429', retryAfterMs });
  status = 503;
  const url = `http://127.0.0.1:${receiver?.port}/`;
  expect(await client.send(post(url))).toMatchObject({ kind: 'http_5xx', retryAfterMs });
  status = 500;
  expect(await client.send(post(url))).toMatchObject({ kind: 'http_5xx', retryAfterMs: null });
});

test('closing the client ends what is under way, and later attempts, as shutdown', async () => {
  const pending = deliverTo(() => void client.close());
  expect(await pending).toMatchObject({ ok: false, kind: 'shutdown' });
  expect(await client.send(post('http://127.0.0.1:9999/'))).toMatchObject({ ok: false, kind: 'shutdown' });
});
