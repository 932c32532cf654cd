import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { createCertificate } from '../packages/delivery/tests/support/certificates.ts';
import { type RawReceiver, startRawReceiver, writeEndlessly } from '../packages/delivery/tests/support/raw-receiver.ts';
import { type Installation, startInstallation } from './installation.ts';
import { waitFor } from './support/index.ts';

const mebibyte = 1024 * 1024;
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const authority = createCertificate({ names: ['CA'], issuer: 'itself', authority: true });
const bomb = gzipSync(Buffer.alloc(50 * mebibyte));

interface Misbehaviour {
  respond: (socket: Socket) => void;
  /** The attempt's `error_code`; null when it succeeds. */
  kind: string | null;
  tls?: TlsOptions;
}

/** Writes `byte` ten times per second for as long as the connection lives. */
function trickle(socket: Socket, byte: string): void {
  const timer = setInterval(() => socket.write(byte), 100);
  socket.on('close', () => clearInterval(timer));
}

const misbehaviours: Record<string, Misbehaviour> = {
  'streams endlessly': {
    kind: null,
    respond(socket) {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      writeEndlessly(socket, `10000\r\n${'x'.repeat(65_536)}\r\n`);
    },
  },
  'answers with a gzip bomb': {
    kind: null,
    respond(socket) {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    },
  },
  'sends headers without end': {
    kind: 'too_large_headers',
    respond(socket) {
      socket.write('HTTP/1.1 200 OK\r\n');
      writeEndlessly(socket, `x-flood: ${'x'.repeat(8_000)}\r\n`);
    },
  },
  'trickles its headers': {
    kind: 'timeout',
    respond(socket) {
      socket.write('HTTP/1.1 200 OK\r\n');
      trickle(socket, 'x');
    },
  },
  'trickles its body': {
    kind: null,
    respond(socket) {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3000\r\n\r\n');
      trickle(socket, 'x');
    },
  },
  'F20 answers 204 with a length': {
    kind: null,
    respond: (socket) => void socket.write('HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n{}'),
  },
  'F22 answers with 20,000 bytes of headers': {
    kind: null,
    respond: (socket) =>
      void socket.write(`HTTP/1.1 200 OK\r\nx-policy: ${'x'.repeat(20_000)}\r\ncontent-length: 0\r\n\r\n`),
  },
  'F22 answers 410 with 20,000 bytes of headers': {
    kind: 'gone',
    respond: (socket) =>
      void socket.write(`HTTP/1.1 410 Gone\r\nx-policy: ${'x'.repeat(20_000)}\r\ncontent-length: 0\r\n\r\n`),
  },
  'F23 answers 100 before 200': {
    kind: null,
    respond: (socket) => void socket.write(`HTTP/1.1 100 Continue\r\n\r\n${ok}`),
  },
  'F23 repeats its length': {
    kind: null,
    respond: (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n'),
  },
  'F27 answers with the status 000': {
    kind: 'protocol',
    respond: (socket) => void socket.write('HTTP/1.1 000 X\r\ncontent-length: 0\r\n\r\n'),
  },
  'never answers': { kind: 'timeout', respond: () => {} },
  'closes in the middle of a body': {
    kind: null,
    respond: (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'),
  },
  'speaks garbage': { kind: 'protocol', respond: (socket) => void socket.write('SSH-2.0-OpenSSH_9.6\r\n\r\n') },
  'answers 1xx without end': {
    kind: 'protocol',
    respond: (socket) => writeEndlessly(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'),
  },
  'redirects to itself': {
    kind: 'redirect',
    respond: (socket) => void socket.write('HTTP/1.1 307 X\r\nlocation: /\r\ncontent-length: 0\r\n\r\n'),
  },
  'has an expired certificate': {
    kind: 'tls',
    tls: createCertificate({ names: ['127.0.0.1'], issuer: authority, expired: true }),
    respond: (socket) => void socket.write(ok),
  },
  'has a self-signed certificate': {
    kind: 'tls',
    tls: createCertificate({ names: ['127.0.0.1'], issuer: 'itself' }),
    respond: (socket) => void socket.write(ok),
  },
  'has a certificate for another name': {
    kind: 'tls',
    tls: createCertificate({ names: ['other.example'], issuer: authority }),
    respond: (socket) => void socket.write(ok),
  },
};
/** All of them deliver at once, before a circuit breaker can open. */
const hooksEach = 5;

let installation: Installation;
const receivers: RawReceiver[] = [];

beforeAll(async () => {
  installation = await startInstallation({ workers: 1, env: { EVENTHOOKS_DELIVERY_TIMEOUT: '5s' } });
}, 120_000);
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
  await Promise.all(receivers.map((receiver) => receiver.close()));
}, 60_000);

async function residentBytes(): Promise<number> {
  const metrics = await (await fetch(`${installation.workers[0]?.url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]);
}

test('whatever a receiver does is the right kind in the record, and leaves the worker as small as it was', async () => {
  const expected = new Map<string, string | null>();
  const before = await residentBytes();
  for (const [name, { respond, kind, tls }] of Object.entries(misbehaviours)) {
    const receiver = await startRawReceiver(respond, tls ? { tls } : {});
    receivers.push(receiver);
    const url = `${tls ? 'https' : 'http'}://127.0.0.1:${receiver.port}/`;
    const config = { url, ...(tls && { ssl_verify: true, ca: authority.cert }) };
    const hook = { source: 'crud', event: 'routes', handler: 'webhook', config, retry: { schedule: [] } };
    for (let count = 0; count < hooksEach; count += 1) {
      expected.set(await installation.createHook({ ...hook, name: `${name} ${count}` }), kind);
    }
  }
  const { body } = await installation.call('POST', '/events', { source: 'crud', event: 'routes', data: {} });
  const ended = await waitFor(
    async () => {
      const page = await installation.call('GET', `/deliveries?event_id=${body.id}&size=1000`);
      const done = page.body.data.filter(({ status }: { status: string }) => status !== 'waiting');
      return done.length === expected.size ? done : undefined;
    },
    { timeoutMs: 60_000 },
  );
  const seen = new Map(ended.map((delivery: Record<string, string>) => [delivery.hook_id, delivery.error_code]));
  expect(seen).toEqual(expected);
  // Together the receivers offered gigabytes.
  expect((await residentBytes()) - before).toBeLessThan(150 * mebibyte);
}, 120_000);
