import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type Change, readChange } from './changes.ts';
import { explainStartFault } from './errors.ts';
import { checkRights } from './rights.ts';
import { SessionClient } from './session-client.ts';
import { checkWritable } from './writable.ts';

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
const reconnectDelayMs = 250;
const longestReconnectDelayMs = 2_000;

/** The SQL expression that announces `payload`, itself an expression, when the transaction commits. */
export function notifyChange(payload: string): string {
  return `pg_notify(changes_channel(current_schema()), ${payload})`;
}

/**
 * Listens for changes of configuration on a connection of its own, and reconnects for ever. After every reconnect, and
 * every few seconds, it compares the configuration's version with the last one seen and tells subscribers to reload
 * when they differ. `onError` is called once per reason for a lost connection.
 *
 * @returns once connected for the first time.
 * @throws {SettingsError} when the first connection fails for a reason that does not pass by itself.
 */
export async function createChangeListener(
  url: string,
  options: { onError?: (error: Error) => void } = {},
): Promise<ChangeListener> {
  const handlers = new Set<ChangeHandler>();
  const stopping = new AbortController();
  const tell: ChangeHandler = (change) => {
    for (const handler of handlers) handler(change);
  };
  let connected = false;
  /** The last version that subscribers were told of. */
  let known = -1n;

  const listenOnce = async (onReady: () => void): Promise<never> => {
    const client = new SessionClient(url, { application_name: 'eventhooks-listener' });
    const broken = new Promise<never>((_, reject) => {
      client.on('error', reject);
      client.on('end', () => reject(new Error('the connection for change notifications ended')));
      stopping.signal.addEventListener('abort', () => reject(stopping.signal.reason), { once: true });
    });
    broken.catch(() => undefined);
    client.on('notification', (message) => {
      const change = readChange(message.payload ?? '');
      known = change.version ?? known;
      tell(change);
    });
    try {
      await Promise.race([client.connect(), broken]);
      await startListening(client);
      connected = true;
      for (;;) {
        const current = await Promise.race([readVersion(client), broken]);
        const missed = known >= 0n && current > known;
        known = current;
        if (missed) tell({ kind: 'missed', version: current });
        onReady();
        await Promise.race([sleep(checkIntervalMs, undefined, { signal: stopping.signal }), broken]);
      }
    } finally {
      connected = false;
      client.end().catch(() => undefined);
    }
  };

  const listen = async (onReady: () => void, onFault: (fault: Error) => void): Promise<void> => {
    let isReady = false;
    let told = '';
    let delayMs = reconnectDelayMs;
    const ready = (): void => {
      isReady = true;
      told = '';
      delayMs = reconnectDelayMs;
      onReady();
    };
    while (!stopping.signal.aborted) {
      const error = await listenOnce(ready).catch((failure: Error) => failure);
      if (stopping.signal.aborted) return;
      const fault = isReady ? null : explainStartFault(error);
      if (fault !== null) return onFault(fault);
      if (error.message !== told) options.onError?.(error);
      told = error.message;
      await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      delayMs = Math.min(2 * delayMs, longestReconnectDelayMs);
    }
  };

  let running: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    running = listen(resolve, reject);
  });
  return {
    subscribe(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    isConnected: () => connected,
    async close() {
      stopping.abort(new Error('closing'));
      await running;
    },
  };
}

async function startListening(client: SessionClient): Promise<void> {
  await client.checkSession();
  await client.query('SET idle_session_timeout = 0');
  await checkRights(client);
  const { rows } = await client.query<{ channel: string }>('SELECT changes_channel(current_schema()) AS channel');
  await client.query(`LISTEN ${client.escapeIdentifier(rows[0]?.channel ?? '')}`);
}

/** Rejects on a server that takes no writes: after a fail-over, changes are announced on another server. */
async function readVersion(client: pg.Client): Promise<bigint> {
  await checkWritable(client);
  const { rows } = await client.query<{ version: string }>('SELECT version FROM configuration_version');
  return BigInt(rows[0]?.version ?? 0);
}
