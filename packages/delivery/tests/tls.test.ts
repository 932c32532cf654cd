import { once } from 'node:events';
import { createServer } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { DeliveryClient, TlsPolicy } from '../src/index.ts';
import { createCertificate } from './support/certificates.ts';
import { createLocalClient, post } from './support/client.ts';
import { type RawReceiver, startRawReceiver } from './support/raw-receiver.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const NAME = 'hooks.example';

const authority = createCertificate({ names: ['Test CA'], issuer: 'itself', authority: true });
const stranger = createCertificate({ names: ['Other CA'], issuer: 'itself', authority: true });
const good = createCertificate({ names: [NAME, '127.0.0.1'], issuer: authority });
const trusting = { verify: true, ca: authority.cert };

let client: DeliveryClient;
let receiver: RawReceiver | undefined;

beforeEach(() => {
  client = createLocalClient({ resolve: async () => ['127.0.0.1'] });
});

afterEach(async () => {
  await client.close();
  await receiver?.close();
  receiver = undefined;
});

async function start(tls: TlsOptions): Promise<void> {
  receiver = await startRawReceiver((socket) => socket.write(OK), { tls });
}

function send(tls: TlsPolicy, host = NAME) {
  return client.send(post(`https://${host}:${receiver?.port}/`, { tls }));
}

test('a certificate of a trusted authority for the name is accepted, by name and by address', async () => {
  await start(good);
  expect((await send(trusting)).ok).toBe(true);
  expect((await send(trusting, '127.0.0.1')).ok).toBe(true);
});

test('SNI and Host are the name of the URL, not the address that was dialled', async () => {
  const servernames: string[] = [];
  await start({
    ...good,
    SNICallback: (servername, done) => {
      servernames.push(servername);
      done(null);
    },
  });
  expect((await send(trusting)).ok).toBe(true);
  expect(servernames).toEqual([NAME]);
  expect(receiver?.requests[0]).toContain(`host: ${NAME}:${receiver?.port}\r\n`);
});

test.each([
  ['expired', createCertificate({ names: [NAME], issuer: authority, expired: true }), trusting],
  ['self-signed', createCertificate({ names: [NAME], issuer: 'itself' }), { verify: true }],
  ['of an authority that is not trusted', good, { verify: true }],
  ['of another authority than the one given', good, { verify: true, ca: stranger.cert }],
  ['for another name', createCertificate({ names: ['other.example'], issuer: authority }), trusting],
])('a certificate that is %s is the kind tls, unless nothing is verified', async (_what, certificate, tls) => {
  await start(certificate);
  expect(await send(tls)).toMatchObject({ ok: false, kind: 'tls', response: null });
  expect((await send({ verify: false })).ok).toBe(true);
  // The connection that was made without verification is not used by those that verify.
  expect(await send(tls)).toMatchObject({ ok: false, kind: 'tls' });
  expect(receiver?.requests).toHaveLength(1);
});

test('a receiver that speaks no TLS is the kind tls', async () => {
  const plain = createServer((socket) => socket.end(OK));
  plain.listen(0, '127.0.0.1');
  await once(plain, 'listening');
  const address = plain.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const result = await client.send(post(`https://127.0.0.1:${port}/`, { tls: { verify: false } }));
  plain.close();
  expect(result).toMatchObject({ ok: false, kind: 'tls' });
});

test('a handshake that never ends is the kind connect_timeout', async () => {
  await client.close();
  client = createLocalClient({ connectTimeoutMs: 300 });
  receiver = await startRawReceiver(() => {});
  const result = await client.send(post(`https://127.0.0.1:${receiver.port}/`));
  expect(result).toMatchObject({ ok: false, kind: 'connect_timeout' });
});

test('a client certificate is shown to a receiver that asks for one', async () => {
  const own = createCertificate({ names: ['eventhooks'], issuer: authority });
  await start({ ...good, requestCert: true, rejectUnauthorized: true, ca: authority.cert });
  expect((await send({ ...trusting, cert: own.cert, key: own.key })).ok).toBe(true);
  const without = await send(trusting);
  expect(without.ok).toBe(false);
  expect(receiver?.requests).toHaveLength(1);
});

test.each([
  ['a key', { cert: good.cert, key: 'rubbish' }],
  ['a certificate', { cert: 'rubbish', key: good.key }],
  ['an authority', { ca: '-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----' }],
  ["another certificate's key", { cert: good.cert, key: stranger.key }],
])('%s that cannot be used is the kind tls', async (_what, material) => {
  await start(good);
  expect(await send({ verify: true, ...material })).toMatchObject({ ok: false, kind: 'tls' });
});
