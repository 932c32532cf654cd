import { setTimeout as sleep } from 'node:timers/promises';
import { SettingsError } from '@eventhooks/config';
import type pg from 'pg';
import { type Change, readChange } from './changes.ts';
import { DatabaseClient } from './database-client.ts';
import { explainStartFault } from './errors.ts';
import { checkRights } from './rights.ts';
import { hasSession } from './session-client.ts';
import { checkDatabase, checkWritable } from './writable.ts';

export type ChangeHandler = (change: Change) => void;

export interface ChangeListener {
  /** Calls `handler` for every change from now on. Returns a function that stops this. */
  subscribe(handler: ChangeHandler): () => void;
  /** Whether changes arrive at this moment. */
  isConnected(): boolean;
  close(): Promise<void>;
}

/** How often the version is compared, to notice a dead connection or a lost notification. */
const checkIntervalMs = 5_000;
/** The same where nothing is announced, because a pooler leaves no session to listen in. */
const pollIntervalMs = 1_000;
const reconnectDelayMs = 250;
const longestReconnectDelayMs = 2_000;

/** The SQL expression that announces `payload`, itself an expression, when the transaction commits. */
export function notifyChange(payload: string): string {
  return `pg_notify(changes_channel(current_schema()), ${payload})`;
}

export interface ChangeListenerOptions {
  /** A URL past the pooler to which the first one may lead. */
  directUrl?: string | null;
  /** Called once per reason for a lost connection. */
  onError?: (error: Error) => void;
  /** Called when the version is polled, because there is no session. */
  onPolling?: () => void;
}

/**
 * Listens for changes of configuration on a connection of its own, and reconnects for ever. After every reconnect, and
 * every few seconds, it compares the configuration's version with the last one seen and tells subscribers to reload
 * when they differ. Where a pooler leaves no session to listen in, that is all it does, once per second.
 *
 * @returns once connected for the first time.
 * @throws {SettingsError} when the first connection fails for a reason that does not pass by itself.
 */
export async function createChangeListener(url: string, options: ChangeListenerOptions = {}): Promise<ChangeListener> {
  const handlers = new Set<ChangeHandler>();
  const stopping = new AbortController();
  const hearing: Hearing = {
    ...options,
    pooledUrl: options.directUrl ? url : null,
    ownUrl: options.directUrl ?? url,
    stopping: stopping.signal,
    isConnected: false,
    isPolling: false,
    known: -1n,
    tell(change) {
      for (const handler of handlers) handler(change);
    },
  };
  let running: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    running = keepListening(hearing, resolve, reject);
  });
  return {
    subscribe(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    isConnected: () => hearing.isConnected,
    async close() {
      stopping.abort(new Error('closing'));
      await running;
    },
  };
}

/** The state of a listener from one connection to the next. */
interface Hearing extends Pick<ChangeListenerOptions, 'onError' | 'onPolling'> {
  /** The URL by which the listener connects. */
  ownUrl: string;
  /** The URL of all others, where it is another one. */
  pooledUrl: string | null;
  stopping: AbortSignal;
  isConnected: boolean;
  isPolling: boolean;
  /** The last version that subscribers were told of. */
  known: bigint;
  tell: ChangeHandler;
}

async function keepListening(hearing: Hearing, onReady: () => void, onFault: (fault: Error) => void): Promise<void> {
  const { stopping } = hearing;
  let isReady = false;
  let told = '';
  let delayMs = reconnectDelayMs;
  const ready = (): void => {
    isReady = true;
    told = '';
    delayMs = reconnectDelayMs;
    onReady();
  };
  while (!stopping.aborted) {
    const error = await listenOnce(hearing, ready).catch((failure: Error) => failure);
    if (stopping.aborted) return;
    const fault = isReady ? null : findFault(error, hearing);
    if (fault !== null) return onFault(fault);
    if (error.message !== told) hearing.onError?.(error);
    told = error.message;
    await sleep(delayMs, undefined, { signal: stopping }).catch(() => undefined);
    delayMs = Math.min(2 * delayMs, longestReconnectDelayMs);
  }
}

function findFault(error: Error, { pooledUrl }: Hearing): SettingsError | null {
  if (error instanceof SettingsError) return error;
  return explainStartFault(error, pooledUrl === null ? 'DATABASE_URL' : 'DATABASE_DIRECT_URL');
}

/** Rejects when the connection ends. */
async function listenOnce(hearing: Hearing, onReady: () => void): Promise<never> {
  const { stopping } = hearing;
  const client = DatabaseClient.of(hearing.ownUrl, { application_name: 'eventhooks-listener' });
  const broken = new Promise<never>((_, reject) => {
    client.on('error', reject);
    client.on('end', () => reject(new Error('the connection for change notifications ended')));
    stopping.addEventListener('abort', () => reject(stopping.reason), { once: true });
  });
  broken.catch(() => undefined);
  client.on('notification', (message) => {
    const change = readChange(message.payload ?? '');
    hearing.known = change.version ?? hearing.known;
    hearing.tell(change);
  });
  try {
    await Promise.race([client.connect(), broken]);
    const isListening = await startListening(client, hearing);
    hearing.isConnected = true;
    for (;;) {
      compareVersions(hearing, await Promise.race([readVersion(client), broken]));
      if (!isListening) hearing.tell({ kind: 'unannounced', version: null });
      onReady();
      const intervalMs = isListening ? checkIntervalMs : pollIntervalMs;
      await Promise.race([sleep(intervalMs, undefined, { signal: stopping }), broken]);
    }
  } finally {
    hearing.isConnected = false;
    client.end().catch(() => undefined);
  }
}

function compareVersions(hearing: Hearing, current: bigint): void {
  const missed = hearing.known >= 0n && current > hearing.known;
  hearing.known = current;
  if (missed) hearing.tell({ kind: 'missed', version: current });
}

const directIsPooled =
  'DATABASE_DIRECT_URL: it leads to a pooler that keeps no session for a connection. Name PostgreSQL itself, or leave it out';

/** @returns false where there is no session to listen in. */
async function startListening(client: DatabaseClient, hearing: Hearing): Promise<boolean> {
  const { ownUrl, pooledUrl } = hearing;
  await client.begin();
  await checkRights(client);
  if (pooledUrl !== null) {
    // All others wait until the listener is ready, so their way has to be open, too.
    await checkDatabase(pooledUrl).catch((error: Error) => {
      throw explainStartFault(error) ?? error;
    });
  }
  if (await hasSession(client, ownUrl)) {
    await client.query('SET idle_session_timeout = 0');
    const { rows } = await client.query<{ channel: string }>('SELECT changes_channel(current_schema()) AS channel');
    await client.query(`LISTEN ${client.escapeIdentifier(rows[0]?.channel ?? '')}`);
    return true;
  }
  if (pooledUrl !== null) throw new SettingsError(directIsPooled);
  if (!hearing.isPolling) hearing.onPolling?.();
  hearing.isPolling = true;
  return false;
}

/** Rejects on a server that takes no writes: after a fail-over, changes are announced on another server. */
async function readVersion(client: pg.Client): Promise<bigint> {
  await checkWritable(client);
  const { rows } = await client.query<{ version: string }>('SELECT version FROM configuration_version');
  return BigInt(rows[0]?.version ?? 0);
}
