import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { lchown, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * The account under which PostgreSQL runs. It refuses to run as root.
 *
 * - `self`: our own user.
 * - `user`: another user, by setuid; a real loss of privileges, so preferred. Its files are given to that user.
 * - `namespace`: root, shown as `nobody` in a separate user namespace. For installations that no other user can reach,
 *   such as a clone below /root. The files still belong to root.
 */
export type PostgresAccount =
  | { kind: 'self' }
  | { kind: 'user'; name: string; uid: number; gid: number }
  | { kind: 'namespace' };

const nobody = 65_534;

/** A program of PostgreSQL that runs for longer is taken to hang. initdb on a slow disk takes tens of seconds. */
const runTimeoutMs = 120_000;

/** PostgreSQL's whole environment: no variable of ours that changes its behaviour (`PG*`, locales) or holds a secret. */
const postgresEnv = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', HOME: '/' };

/**
 * Chooses the first account that works when tried: it can run `postgres` and write below `dataDir`.
 *
 * @throws Error that says what to do when none does.
 */
export async function choosePostgresAccount(postgres: string, dataDir: string): Promise<PostgresAccount> {
  const faults: string[] = [];
  for (const account of await candidates()) {
    const fault = await findFault(account, postgres, dataDir);
    if (fault === undefined) return account;
    faults.push(`${describe(account)}: ${fault}`);
  }
  throw new Error(
    `The embedded PostgreSQL cannot run here (${faults.join('; ')}). Start Eventhooks as a user other than root, ` +
      'or from directories that all users may enter, or set DATABASE_URL to a PostgreSQL server.',
  );
}

/** Starts a program as the account, in its own session so that a terminal's Ctrl-C does not reach it. */
export function spawnAs(
  account: PostgresAccount,
  file: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const ownSession: SpawnOptions = { ...options, cwd: '/', env: postgresEnv, detached: true };
  if (account.kind === 'user') return spawn(file, args, { ...ownSession, uid: account.uid, gid: account.gid });
  if (account.kind === 'self') return spawn(file, args, ownSession);
  const mapping = ['--user', `--map-user=${nobody}`, `--map-group=${nobody}`];
  // unshare replaces itself with the program, so the child's pid is the program's.
  return spawn('unshare', [...mapping, '--', file, ...args], ownSession);
}

/**
 * Runs a program to its end.
 *
 * @throws Error with the last of its output when it fails or takes longer than two minutes.
 */
export async function runAs(
  account: PostgresAccount,
  file: string,
  args: readonly string[],
  input = '',
): Promise<void> {
  const child = spawnAs(account, file, args, { stdio: 'pipe', timeout: runTimeoutMs });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk).slice(-4_096);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${file} ended with ${signal ?? `code ${code}`}: ${output.trim()}`));
    });
  });
}

/** Gives the path and everything below it to the account: at the last start it may have belonged to another. */
export async function giveTo(account: PostgresAccount, path: string): Promise<void> {
  const owner = ownerOf(account);
  const current = await stat(path).catch(() => undefined);
  if (owner === undefined || current === undefined || current.uid === owner.uid) return;
  if (current.isDirectory()) {
    for (const entry of await readdir(path, { recursive: true })) {
      await lchown(join(path, entry), owner.uid, owner.gid);
    }
  }
  // The top goes last: until it has changed hands, the next start does all of this again.
  await lchown(path, owner.uid, owner.gid);
}

function ownerOf(account: PostgresAccount): { uid: number; gid: number } | undefined {
  if (account.kind === 'self') return undefined;
  return account.kind === 'user' ? account : { uid: 0, gid: 0 };
}

async function candidates(): Promise<PostgresAccount[]> {
  if (process.getuid?.() !== 0) return [{ kind: 'self' }];
  const users = await Promise.all(['postgres', 'nobody'].map(findUser));
  return [...users.flat().slice(0, 1), { kind: 'namespace' }];
}

async function findUser(name: string): Promise<PostgresAccount[]> {
  const id = async (flag: string) => Number((await promisify(execFile)('id', [flag, name])).stdout);
  try {
    return [{ kind: 'user', name, uid: await id('-u'), gid: await id('-g') }];
  } catch {
    return [];
  }
}

async function findFault(account: PostgresAccount, postgres: string, dataDir: string): Promise<string | undefined> {
  const trial = await mkdtemp(join(dataDir, '.trial-'));
  try {
    await giveTo(account, trial);
    await runAs(account, '/bin/sh', ['-c', 'touch "$1/file" && exec "$2" --version', 'sh', trial, postgres]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(trial, { recursive: true, force: true });
  }
}

function describe(account: PostgresAccount): string {
  if (account.kind === 'user') return `as user ${account.name}`;
  return account.kind === 'self' ? 'as this user' : 'in a user namespace';
}
