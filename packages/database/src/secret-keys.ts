import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError } from '@eventhooks/config';
import { messageOf } from '@eventhooks/contract';

const KEY_FILE = 'secret-keys';
const KEY_BYTES = 32;
const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * The keys of hooks' secrets, the sealing one first. Keys from the environment come first. If PostgreSQL is on this
 * machine (so all our processes may be, too), the key file in the data directory follows; it is created when the
 * environment has no key. Otherwise no key is created: another machine would not have it, and a container would lose it.
 *
 * @param given `EVENTHOOKS_SECRET_KEYS`, base64.
 * @returns none for a remote PostgreSQL without `given`: then nothing can be sealed.
 * @throws {SettingsError} when the key file cannot be made or read, or others may read it.
 */
export function provideSecretKeys(
  given: readonly string[] | undefined,
  { databaseUrl, dataDir }: { databaseUrl: string; dataDir: string },
): Buffer[] {
  const keys = (given ?? []).map((key) => Buffer.from(key, 'base64'));
  if (!LOOPBACK_HOST.test(URL.parse(databaseUrl)?.hostname ?? '')) return keys;
  const path = join(dataDir, KEY_FILE);
  try {
    if (given === undefined) makeKeyFile(dataDir, path);
    return [...keys, ...readKeyFile(path)];
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    const reason = messageOf(error);
    throw new SettingsError(`The key file ${path} is not usable (${reason}). Set EVENTHOOKS_SECRET_KEYS instead.`);
  }
}

/** One of several processes that start at once makes the file. A link never shows a file that is not whole yet. */
function makeKeyFile(dataDir: string, path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(dataDir, { recursive: true });
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
}

function readKeyFile(path: string): Buffer[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if ((stats.mode & 0o077) !== 0 && process.platform !== 'win32') {
    throw new SettingsError(`The key file ${path} can be read by others than its owner. Run: chmod 600 '${path}'`);
  }
  const keys = readFileSync(path, 'utf8')
    .trim()
    .split(/[\s,]+/)
    .map((key) => Buffer.from(key, 'base64'));
  if (keys.some(({ length }) => length !== KEY_BYTES)) {
    throw new SettingsError(`The key file ${path} does not hold keys of ${KEY_BYTES} bytes in base64.`);
  }
  return keys;
}
