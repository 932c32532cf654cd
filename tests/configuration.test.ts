import { readFile } from 'node:fs/promises';
import { readAdminSettings } from '@eventhooks/admin';
import { readSettings, settingNames } from '@eventhooks/config';

test('every variable of the environment is in the table of docs/configuration.md, and no other', async () => {
  const page = await readFile(new URL('../docs/configuration.md', import.meta.url), 'utf8');
  const firstCells = [...page.matchAll(/^\| (`[^|]+`) \|/gm)].map(([, cell = '']) => cell);
  const listed = firstCells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
  // The command alone reads these, or they name files, which the page explains below its table.
  const ofCommand = ['EVENTHOOKS_URL', 'EVENTHOOKS_TOKEN', 'EVENTHOOKS_WORKSPACE', 'EVENTHOOKS_PROFILE'];
  const ofFiles = (name: string) => name.endsWith('_FILE') && settingNames.includes(name.slice(0, -'_FILE'.length));
  expect(listed.sort()).toEqual([...settingNames.filter((name) => !ofFiles(name)), ...ofCommand].sort());
});

test('a size has its unit, decimal or binary, and any other text is a fault that says so', () => {
  const sizeOf = (text: string) => readSettings({ EVENTHOOKS_DATABASE_DISK: text }).EVENTHOOKS_DATABASE_DISK;
  expect(['500GB', '1.5TiB', '10 MB', '2kB'].map(sizeOf)).toEqual([5e11, 1.5 * 1_024 ** 4, 1e7, 2_000]);
  for (const text of ['500', '500G', '-1GB', 'GB', '1e3GB', '5gb'])
    expect(() => sizeOf(text)).toThrow("EVENTHOOKS_DATABASE_DISK: expected a size with its unit, such as '500GB'");
});

test('an archive that cannot be is a fault that does not quote what may be a password', () => {
  expect(() => readSettings({ EVENTHOOKS_ARCHIVE: 's3://key:secret@bucket' })).toThrow(
    /EVENTHOOKS_ARCHIVE: credentials are read from AWS_ACCESS_KEY_ID(?!.*secret@)/,
  );
});

test('destinations that cannot be read are named with every other fault, before anything is started', () => {
  const read = () =>
    readAdminSettings({ EVENTHOOKS_EGRESS_ALLOW: '10.0.0.0/33,hooks.internal', EVENTHOOKS_RETENTION: '7' });
  expect(read).toThrow(/EVENTHOOKS_RETENTION: .*\n {2}EVENTHOOKS_EGRESS_ALLOW: '10\.0\.0\.0\/33' is neither/);
});

test('an origin is a scheme and a host, as browsers send it', () => {
  const originsOf = (text: string) => readSettings({ EVENTHOOKS_CORS_ORIGINS: text }).EVENTHOOKS_CORS_ORIGINS;
  expect(originsOf('https://app.example, http://localhost:3000')).toEqual([
    'https://app.example',
    'http://localhost:3000',
  ]);
  for (const text of ['app.example', 'https://app.example/', '*', 'https://a b'])
    expect(() => originsOf(text)).toThrow(/EVENTHOOKS_CORS_ORIGINS\.0: expected origins/);
});
