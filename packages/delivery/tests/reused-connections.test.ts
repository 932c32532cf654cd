import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { AttemptResult, DeliveryClient } from '../src/index.ts';
import { createCertificate } from './support/certificates.ts';
import { createLocalClient, post } from './support/client.ts';
import { type RawReceiver, type RawReceiverOptions, startRawReceiver } from './support/raw-receiver.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const authority = createCertificate({ names: ['CA'], issuer: 'itself', authority: true });
const tls = createCertificate({ names: ['127.0.0.1'], issuer: authority });

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

/** A receiver that answers the first request of a connection, and calls `onReuse` when the first byte of a second one comes. */
async function startFickleReceiver(
  onReuse: (socket: Socket) => void,
  options: RawReceiverOptions = {},
): Promise<RawReceiver> {
  receiver = await startRawReceiver(() => {}, {
    ...options,
    accept: (socket) => {
      let requests = 0;
      socket.on('data', () => {
        requests += 1;
        if (requests > 1) onReuse(socket);
        else socket.write(ok);
      });
    },
  });
  return receiver;
}

/** undici rests a connection for a turn of the event loop after a response; a request that comes at once takes another one. */
async function send(timeoutMs = 15_000, protocol = 'http'): Promise<AttemptResult> {
  await turn();
  await turn();
  const trusting = { verify: true, ca: authority.cert };
  return await client.send(post(`${protocol}://127.0.0.1:${receiver?.port}/`, { timeoutMs, tls: trusting }));
}

test.each<[string, (socket: Socket) => void, RawReceiverOptions]>([
  ['reset', (socket) => socket.resetAndDestroy(), {}],
  ['ended', (socket) => socket.end(), {}],
  ['destroyed under TLS', (socket) => socket.destroy(), { tls }],
  ['ended under TLS', (socket) => socket.end(), { tls }],
])('F21 a reused connection that is %s before an answer costs no attempt', async (_how, onReuse, options) => {
  await startFickleReceiver(onReuse, options);
  const protocol = options.tls ? 'https' : 'http';
  for (let sent = 0; sent < 10; sent += 1) expect(await send(15_000, protocol)).toMatchObject({ ok: true });
  const together = await Promise.all(Array.from({ length: 20 }, () => send(15_000, protocol)));
  expect(together.every(({ ok: succeeded }) => succeeded)).toBe(true);
});

test('F21 an idle connection that is closed while requests wait for it costs no attempt', async () => {
  receiver = await startRawReceiver((socket) => socket.write(ok, () => setImmediate(() => socket.resetAndDestroy())));
  for (let sent = 0; sent < 50; sent += 1) expect(await send()).toMatchObject({ ok: true });
});

test('F21 a fresh connection that ends before an answer is not tried again', async () => {
  receiver = await startRawReceiver((socket) => socket.resetAndDestroy());
  expect(await send()).toMatchObject({ ok: false, kind: 'reset' });
  expect(receiver.requests).toHaveLength(1);
});

test('F21 the second try is the last', async () => {
  let requests = 0;
  receiver = await startRawReceiver((socket) => {
    requests += 1;
    if (requests === 1) socket.write(ok);
    else socket.resetAndDestroy();
  });
  expect(await send()).toMatchObject({ ok: true });
  expect(await send()).toMatchObject({ ok: false, kind: 'reset' });
  expect(receiver.requests).toHaveLength(3);
  expect(receiver.sockets).toHaveLength(2);
});

test.each([
  ['a byte of an answer', 'H'],
  ['a 1xx response', 'HTTP/1.1 102 Processing\r\n\r\n'],
])('F21 a reused connection that ends after %s is not tried again', async (_what, bytes) => {
  await startFickleReceiver((socket) => socket.end(bytes));
  expect(await send()).toMatchObject({ ok: true });
  expect(await send()).toMatchObject({ ok: false, kind: 'reset' });
});

test('F21 a reused connection that ends in the body has answered', async () => {
  const reused = await startFickleReceiver((socket) => socket.end('HTTP/1.1 503 X\r\ncontent-length: 9\r\n\r\nhalf'));
  expect(await send()).toMatchObject({ ok: true });
  expect(await send()).toMatchObject({ ok: false, kind: 'http_5xx', response: { body: 'half' } });
  expect(reused.sockets).toHaveLength(1);
});

test('F21 the second try is within the deadline of the first', async () => {
  let requests = 0;
  receiver = await startRawReceiver((socket) => {
    requests += 1;
    if (requests === 1) socket.write(ok);
    if (requests === 2) setTimeout(() => socket.resetAndDestroy(), 300);
  });
  expect(await send()).toMatchObject({ ok: true });
  const result = await send(600);
  expect(result).toMatchObject({ ok: false, kind: 'timeout' });
  expect(result.durationMs).toBeLessThan(900);
  expect(requests).toBe(3);
});

test('F21 a reused connection that times out is not tried again', async () => {
  await startFickleReceiver(() => {});
  expect(await send()).toMatchObject({ ok: true });
  expect(await send(200)).toMatchObject({ ok: false, kind: 'timeout' });
  expect(receiver?.sockets).toHaveLength(1);
});
