import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryDirectory } from '../../../tests/support/index.ts';
import { provideSecretKeys } from './secret-keys.ts';

const local = 'postgres://u:p@127.0.0.1:5432/d';
const remote = 'postgres://u:p@db.example:5432/d';
const given = Buffer.alloc(32, 7).toString('base64');

let dataDir: string;
beforeEach(async () => {
  dataDir = join(await makeTemporaryDirectory(), 'data');
});

test.each([local, 'postgres://localhost/d', 'postgresql://[::1]/d'])(
  'without a key, beside %s, one is made in the data directory that only its owner reads',
  async (databaseUrl) => {
    const keys = provideSecretKeys(undefined, { databaseUrl, dataDir });
    expect(keys).toHaveLength(1);
    expect(keys[0]).toHaveLength(32);
    expect(await readdir(dataDir)).toEqual(['secret-keys']);
    expect((await stat(join(dataDir, 'secret-keys'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(dataDir, 'secret-keys'), 'utf8')).toBe(`${keys[0]?.toString('base64')}\n`);
    expect(provideSecretKeys(undefined, { databaseUrl, dataDir })).toEqual(keys);
  },
);

test('beside a remote PostgreSQL no key is made up, and no file read', async () => {
  provideSecretKeys(undefined, { databaseUrl: local, dataDir });
  expect(provideSecretKeys(undefined, { databaseUrl: remote, dataDir })).toEqual([]);
  expect(provideSecretKeys([given], { databaseUrl: remote, dataDir })).toEqual([Buffer.alloc(32, 7)]);
});

test('given keys come before those of the file, and make none', async () => {
  expect(provideSecretKeys([given], { databaseUrl: local, dataDir })).toHaveLength(1);
  const [made] = provideSecretKeys(undefined, { databaseUrl: local, dataDir });
  expect(provideSecretKeys([given], { databaseUrl: local, dataDir })).toEqual([Buffer.alloc(32, 7), made]);
});

test('a key file that others can read, or that holds no keys, stops the start with what to do', async () => {
  provideSecretKeys(undefined, { databaseUrl: local, dataDir });
  const path = join(dataDir, 'secret-keys');
  await chmod(path, 0o640);
  expect(() => provideSecretKeys(undefined, { databaseUrl: local, dataDir })).toThrow(`chmod 600 '${path}'`);
  await chmod(path, 0o600);
  await writeFile(path, 'rubbish');
  expect(() => provideSecretKeys(undefined, { databaseUrl: local, dataDir })).toThrow('32 bytes in base64');
});
