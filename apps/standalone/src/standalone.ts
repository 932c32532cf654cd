import {
  type AdminContext,
  adminConfigOf,
  createContext as createAdminContext,
  listenForAdmin,
  requireTokenBeyondLoopback,
  startAdmin,
} from '@eventhooks/admin';
import type { Settings } from '@eventhooks/config';
import { migrateToLatest, rotateKeys } from '@eventhooks/database';
import { startEmbeddedPostgres } from '@eventhooks/embedded-postgres';
import type { HttpServer } from '@eventhooks/operations';
import { migrateQueue } from '@eventhooks/queue';
import { suppressionFunctions } from '@eventhooks/suppression';
import { createContext as createWorkerContext, listenForWorker, startWorker, workerConfigOf } from '@eventhooks/worker';
import { lockDataDir } from './data-dir-lock.ts';

/** Everything runs on this machine, and so do the first receivers. */
const embeddedEgressAllow = '127.0.0.0/8,::1/128,localhost';

/**
 * Starts admin and worker in this process, with an embedded PostgreSQL if `DATABASE_URL` is not set, and prints how to
 * see a first delivery.
 *
 * @returns a function that stops everything in reverse order.
 */
export async function startStandalone(given: Settings): Promise<() => Promise<void>> {
  // Before a database is made for it.
  requireTokenBeyondLoopback(given);
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne();
  };
  try {
    const lock = given.DATABASE_URL === undefined ? await lockDataDir(given.EVENTHOOKS_DATA_DIR) : null;
    if (lock) stops.push(() => lock.release());
    const [adminServer, workerServer] = await listen(given, stops);
    const databaseUrl = given.DATABASE_URL ?? (await startDatabase(given.EVENTHOOKS_DATA_DIR, stops));
    const settings = { ...given, EVENTHOOKS_EGRESS_ALLOW: given.EVENTHOOKS_EGRESS_ALLOW ?? embeddedEgressAllow };
    await migrate(settings, databaseUrl);

    const adminContext = await createAdminContext(adminConfigOf(settings, databaseUrl));
    stops.push(adminContext.close);
    if (settings.DATABASE_URL === undefined) await encryptWithFirstKey(adminContext);
    const admin = await startAdmin(adminContext, adminServer);
    stops.push(admin.stop);
    const workerContext = await createWorkerContext(workerConfigOf(settings, databaseUrl));
    stops.push(workerContext.close);
    const worker = await startWorker(workerContext, workerServer);
    stops.push(worker.stop);
    lock?.setAdminUrl({ adminUrl: admin.url });
    process.stdout.write(describeStart(admin.url, worker.url, settings));
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function migrate({ DATABASE_DIRECT_URL: directUrl, REDIS_URL: redisUrl }: Settings, databaseUrl: string) {
  const url = directUrl ?? databaseUrl;
  const setting = directUrl === undefined ? 'DATABASE_URL' : 'DATABASE_DIRECT_URL';
  await migrateToLatest(url, suppressionFunctions, setting);
  if (redisUrl === undefined) await migrateQueue(url, setting);
}

/** No other process uses the embedded database, so a new first key can be used at once. */
async function encryptWithFirstKey({ database, keyring }: AdminContext): Promise<void> {
  const { rotated, unreadable } = await rotateKeys(database.kysely, keyring, () => {});
  if (rotated > 0) process.stdout.write(`The secrets of ${rotated} hooks are encrypted anew, with the first key\n`);
  if (unreadable.length > 0) {
    process.stdout.write(
      `No key opens the secrets of these hooks, which cannot be delivered: ${unreadable.join(', ')}\n`,
    );
  }
}

/** Both answer from now on that they start. */
async function listen(settings: Settings, stops: (() => Promise<void>)[]): Promise<[HttpServer, HttpServer]> {
  const databaseUrl = settings.DATABASE_URL ?? null;
  const admin = await listenForAdmin({
    host: settings.EVENTHOOKS_ADMIN_HOST,
    port: settings.EVENTHOOKS_ADMIN_PORT,
    databaseUrl,
  });
  stops.push(() => admin.close(0));
  const worker = await listenForWorker({
    host: settings.EVENTHOOKS_WORKER_HOST,
    port: settings.EVENTHOOKS_WORKER_PORT,
    databaseUrl,
  });
  stops.push(() => worker.close(0));
  return [admin, worker];
}

/** @returns the URL of the embedded PostgreSQL. The caller holds the lock of `dataDir`. */
async function startDatabase(dataDir: string, stops: (() => Promise<void>)[]): Promise<string> {
  const postgres = await startEmbeddedPostgres({
    dataDir,
    onProgress: (line) => process.stdout.write(`${line}\n`),
  });
  stops.push(() => postgres.stop());
  return postgres.url;
}

/** The URL that the command `eventhooks` uses by default. */
const DEFAULT_ADMIN_URL = 'http://127.0.0.1:8001';

function describeStart(adminUrl: string, workerUrl: string, settings: Settings): string {
  const token = settings.EVENTHOOKS_ADMIN_TOKEN;
  const authorization = token === undefined ? '' : ` -H 'Kong-Admin-Token: <EVENTHOOKS_ADMIN_TOKEN>'`;
  const options = `${adminUrl === DEFAULT_ADMIN_URL ? '' : ` --url ${adminUrl}`}${token === undefined ? '' : ' --token <EVENTHOOKS_ADMIN_TOKEN>'}`;
  const database =
    settings.DATABASE_URL === undefined ? `embedded, in ${settings.EVENTHOOKS_DATA_DIR}` : 'DATABASE_URL';
  return `
Eventhooks is running. Ctrl-C stops it.

  Dashboard   ${adminUrl}/dashboard
  Admin API   ${adminUrl}
  Worker      ${workerUrl}/metrics
  Token       ${token === undefined ? 'none needed on this machine' : 'as set in EVENTHOOKS_ADMIN_TOKEN'}
  PostgreSQL  ${database}
  Queue       ${settings.REDIS_URL === undefined ? 'in PostgreSQL' : 'REDIS_URL'}

See a first delivery, in two other terminals:

  npx eventhooks${options} listen
  npx eventhooks${options} trigger crud consumers

Or by curl: a hook that logs, an event, and what became of it. Paste this into another terminal:

  curl -s ${adminUrl}/event-hooks${authorization} -H 'content-type: application/json' -d '{"source":"crud","event":"consumers","handler":"log"}'; \\
  curl -s ${adminUrl}/events${authorization} -H 'content-type: application/json' -d '{"source":"crud","event":"consumers","data":{"operation":"create","entity":{"username":"Ada"}}}'; \\
  sleep 1; curl -s ${adminUrl}/deliveries${authorization}

`;
}
