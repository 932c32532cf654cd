import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { connectionTimeouts } from './connect.ts';

/**
 * `subject` is what changed (`hook:<id>`, `catalogue:<workspace>`, `token:<id>`, …), or null: "reload, something may have been
 * missed". `version` is the configuration's with this change; null where the subject is no configuration (`probe:<id>`).
 */
export type ChangeHandler = (subject: string | null, version: bigint | null) => void;

export interface ChangeListener {
  /** Calls `handler` for every change from now on. Returns the way to stop. */
  subscribe(handler: ChangeHandler): () => void;
  /** Whether changes arrive at this moment. */
  isConnected(): boolean;
  close(): Promise<void>;
}

/** The channel on which all is announced. */
export const changesChannel = 'eventhooks_changes';
/** How often the version is compared, to notice a dead connection and what a lost notification announced. */
const checkIntervalMs = 5_000;
const reconnectDelayMs = 250;

/**
 * Listens for changes of configuration on a connection of its own, and reconnects for ever. After every reconnect, and
 * every few seconds, it compares the configuration's version with the last one seen and tells subscribers to reload
 * when they differ.
 *
 * @returns once connected for the first time.
 */
export async function createChangeListener(
  url: string,
  options: { onError?: (error: Error) => void } = {},
): Promise<ChangeListener> {
  const handlers = new Set<ChangeHandler>();
  const stopping = new AbortController();
  const tell: ChangeHandler = (subject, version) => {
    for (const handler of handlers) handler(subject, version);
  };
  let connected = false;
  /** The last version that subscribers were told of. */
  let known = -1n;

  const listenOnce = async (onReady: () => void): Promise<void> => {
    const client = new pg.Client({
      ...connectionTimeouts,
      connectionString: url,
      application_name: 'eventhooks-listener',
    });
    const broken = new Promise<never>((_, reject) => {
      client.on('error', reject);
      client.on('end', () => reject(new Error('the connection for change notifications ended')));
      stopping.signal.addEventListener('abort', () => reject(stopping.signal.reason), { once: true });
    });
    broken.catch(() => undefined);
    client.on('notification', (message) => {
      const [subject = '', version] = (message.payload ?? '').split('@');
      if (version !== undefined) known = BigInt(version);
      tell(subject, version === undefined ? null : known);
    });
    try {
      await Promise.race([client.connect(), broken]);
      await client.query(`LISTEN ${changesChannel}`);
      connected = true;
      for (;;) {
        const result = await Promise.race([
          client.query<{ version: string }>('SELECT version FROM configuration_version'),
          broken,
        ]);
        const current = BigInt(result.rows[0]?.version ?? 0);
        const missed = known >= 0n && current > known;
        known = current;
        if (missed) tell(null, current);
        onReady();
        await Promise.race([sleep(checkIntervalMs, undefined, { signal: stopping.signal }), broken]);
      }
    } finally {
      connected = false;
      client.end().catch(() => undefined);
    }
  };

  const listen = async (onReady: () => void): Promise<void> => {
    while (!stopping.signal.aborted) {
      await listenOnce(onReady).catch((error: Error) => {
        if (!stopping.signal.aborted) options.onError?.(error);
      });
      if (!stopping.signal.aborted)
        await sleep(reconnectDelayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  let running: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve) => {
    running = listen(resolve);
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
