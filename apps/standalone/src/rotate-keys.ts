import { type Settings, SettingsError } from '@eventhooks/contract';
import { connectDatabase, createKeyring, provideSecretKeys, rotateKeys } from '@eventhooks/database';
import { provideDatabase } from './standalone.ts';

/**
 * Encrypts every hook's secrets with the first key, in the database of `DATABASE_URL` or else the embedded one, which nobody
 * else may be using then.
 *
 * @param print takes a line of progress.
 * @returns the exit code: 1 when no key opens some of the secrets.
 * @throws {SettingsError | DataDirInUseError}
 */
export async function runRotateKeys(settings: Settings, print: (line: string) => void): Promise<number> {
  const stops: (() => Promise<void>)[] = [];
  try {
    const { databaseUrl } = await provideDatabase(settings, stops);
    const dataDir = settings.EVENTHOOKS_DATA_DIR;
    const keyring = createKeyring(provideSecretKeys(settings.EVENTHOOKS_SECRET_KEYS, { databaseUrl, dataDir }));
    if (keyring.currentKeyId === null)
      throw new SettingsError('EVENTHOOKS_SECRET_KEYS is not set: no key to encrypt with.');
    const database = connectDatabase(databaseUrl, { maxConnections: 1, applicationName: 'eventhooks-rotate-keys' });
    stops.push(() => database.close());
    const { hooks, rotated, unreadable } = await rotateKeys(database.kysely, keyring, (soFar) =>
      print(`${soFar.hooks} hooks looked at, ${soFar.rotated} encrypted anew`),
    );
    if (unreadable.length > 0) {
      print(`No key opens the secrets of these hooks, which were left as they are: ${unreadable.join(', ')}`);
      return 1;
    }
    print(
      `Done: the secrets of all ${hooks} hooks are encrypted with key ${keyring.currentKeyId} (${rotated} of them anew).`,
    );
    return 0;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
