import { randomBytes, randomUUID } from 'node:crypto';
import { access, link, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes the secrets of an installation that was given none, in the files named by `EVENTHOOKS_ADMIN_TOKEN_FILE` and
 * `EVENTHOOKS_SECRET_KEYS_FILE`. A file that exists is left alone, and none is made for a variable that is set.
 * The token is printed once, when it is made; the keys never.
 */
const secrets = {
  EVENTHOOKS_ADMIN_TOKEN: () => randomBytes(32).toString('hex'),
  EVENTHOOKS_SECRET_KEYS: () => randomBytes(32).toString('base64'),
};

for (const [variable, make] of Object.entries(secrets)) {
  const path = process.env[`${variable}_FILE`];
  if (process.env[variable] || !path) continue;
  const value = make();
  if (!(await createFile(path, `${value}\n`))) continue;
  process.stdout.write(`Made ${path} for ${variable}.\n`);
  if (variable === 'EVENTHOOKS_ADMIN_TOKEN') {
    process.stdout.write(
      `The admin token is shown this once; send it as the header Kong-Admin-Token.\nAdmin token: ${value}\n`,
    );
  }
}

/** Creates the file whole or not at all. Returns false when it exists. */
async function createFile(path: string, text: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  if (await exists(path)) return false;
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    // Another start was faster.
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft);
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
