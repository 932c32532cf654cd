import { readSettings, SettingsError } from '@eventhooks/config';
import { connectDatabase, createKeyring, provideSecretKeys, rotateKeys } from '@eventhooks/database';

const {
  DATABASE_URL: databaseUrl,
  EVENTHOOKS_SECRET_KEYS: given,
  EVENTHOOKS_DATA_DIR: dataDir,
} = readSettings(process.env);
if (databaseUrl === undefined)
  throw new SettingsError(
    'DATABASE_URL is not set. `npm start` encrypts with the first key by itself, when it starts.',
  );
const keyring = createKeyring(provideSecretKeys(given, { databaseUrl, dataDir }));
if (keyring.currentKeyId === null)
  throw new SettingsError('EVENTHOOKS_SECRET_KEYS is not set: there is no key to encrypt with.');

const print = (line: string) => process.stdout.write(`${line}\n`);
const database = connectDatabase(databaseUrl, { maxConnections: 1, applicationName: 'eventhooks-rotate-keys' });
const { hooks, rotated, unreadable } = await rotateKeys(database.kysely, keyring, (soFar) =>
  print(`${soFar.hooks} hooks looked at, ${soFar.rotated} encrypted anew`),
);
await database.close();
if (unreadable.length > 0) {
  print(`No key opens the secrets of these hooks, which were left as they are: ${unreadable.join(', ')}`);
  process.exitCode = 1;
} else {
  print(
    `Done: the secrets of all ${hooks} hooks are encrypted with key ${keyring.currentKeyId} (${rotated} of them anew).`,
  );
}
