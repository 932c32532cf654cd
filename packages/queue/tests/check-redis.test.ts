import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort, makeTemporaryDirectory, startRedis, type TestRedis } from '../../../tests/support/index.ts';
import { createCertificate } from '../../delivery/tests/support/certificates.ts';
import { checkRedis } from '../src/check-redis.ts';

let redis: TestRedis;
let address: string;
let tlsPort: number;

beforeAll(async () => {
  const { cert, key } = createCertificate({ names: ['127.0.0.1'], issuer: 'itself', authority: true });
  const directory = await makeTemporaryDirectory();
  await writeFile(join(directory, 'cert.pem'), cert);
  await writeFile(join(directory, 'key.pem'), key);
  tlsPort = await findFreePort();
  const tls = ['--tls-port', String(tlsPort), '--tls-auth-clients', 'no'];
  const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  const files = ['--tls-ca-cert-file', certFile, '--tls-cert-file', certFile, '--tls-key-file', keyFile];
  redis = await startRedis({ flags: [...tls, ...files, '--user', 'worker', 'on', '>right', '~*', '+@all', '-select'] });
  address = new URL(redis.url).host;
});
afterAll(() => redis.close());

test.each([
  ['a wrong password', () => `redis://worker:wrong@${address}`, /^REDIS_URL: WRONGPASS/],
  ['an unknown user', () => `redis://nobody:right@${address}`, /^REDIS_URL: WRONGPASS/],
  [
    'a database that the server does not have',
    () => `redis://${address}/99`,
    /^REDIS_URL: ERR DB index is out of range/,
  ],
  ['a database that the user may not select', () => `redis://worker:right@${address}/1`, /^REDIS_URL: NOPERM/],
  ['a certificate of an unknown authority', () => `rediss://127.0.0.1:${tlsPort}`, /^REDIS_URL: .*self-signed/],
])('%s ends the start by one line', async (_name, url, message) => {
  await expect(checkRedis(url())).rejects.toMatchObject({
    name: 'SettingsError',
    message: expect.stringMatching(message),
  });
});

test.each([
  ['the right password', () => `redis://worker:right@${address}`],
  ['another database', () => `redis://${address}/3`],
  ['a server that is not there yet', () => 'redis://127.0.0.1:1'],
  ['a name that is not known yet', () => 'redis://no-such-host.invalid'],
])('%s does not', async (_name, url) => {
  await expect(checkRedis(url())).resolves.toBeUndefined();
});
