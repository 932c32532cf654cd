import { EventEmitter, once } from 'node:events';
import type { EventName } from '@eventhooks/contract';
import {
  type ChangeListener,
  type Database,
  type Keyring,
  loadHooks,
  readConfigurationVersion,
  type StoredHook,
} from '@eventhooks/database';

/** A hook that an event fires, and the name under which it matched. */
export interface Match {
  hook: StoredHook;
  name: EventName;
}

export interface HookIndex {
  /** The enabled hooks of a workspace that answer to any of `names`, each once, by the first name that fits. */
  match(workspace: string, names: readonly EventName[]): Match[];
  /** A hook by id, enabled or not. */
  find(id: string): StoredHook | undefined;
  all(): Iterable<StoredHook>;
  /**
   * Resolves when changes up to this version of the configuration are known, so that an event published after a hook was
   * made finds it. Rejects when PostgreSQL does not answer.
   */
  catchUp(version: bigint): Promise<void>;
  close(): void;
}

/** Changes that arrive together are read together. */
const gatherMs = 20;
const retryMs = 500;
/** How long a reader that knows of a newer version waits for the announcement of what changed, before everything is read. */
const announcementMs = 200;

/**
 * Keeps all hooks in memory, by what they listen to, and follows changes through `listener`: no query per event.
 *
 * @returns once every hook is loaded.
 */
export async function createHookIndex(options: HookIndexOptions): Promise<HookIndex> {
  const index = new LiveHookIndex(options);
  await index.reload();
  return index;
}

interface HookIndexOptions {
  database: Database;
  listener: ChangeListener;
  keyring: Keyring;
  onError: (error: Error) => void;
}

class LiveHookIndex implements HookIndex {
  readonly #database: Database;
  readonly #keyring: Keyring;
  readonly #onError: (error: Error) => void;
  readonly #unsubscribe: () => void;
  readonly #byId = new Map<string, StoredHook>();
  #bySource = new Map<string, StoredHook[]>();
  /** Every change up to this version is in the maps. */
  #version = -1n;
  /** What must be read again, these ids or everything, to know `version`. */
  #stale: { everything: boolean; ids: Set<string>; version: bigint } = {
    everything: true,
    ids: new Set(),
    version: -1n,
  };
  readonly #changed = new EventEmitter().setMaxListeners(0);
  #timer: NodeJS.Timeout | undefined;
  #runAgain = false;
  #closed = false;

  constructor({ database, listener, keyring, onError }: HookIndexOptions) {
    this.#database = database;
    this.#keyring = keyring;
    this.#onError = onError;
    this.#unsubscribe = listener.subscribe((change) => {
      if (change.version === null) return;
      this.#stale.version = change.version;
      if (change.kind === 'missed') this.#stale.everything = true;
      else if (change.kind === 'hook') this.#stale.ids.add(change.id);
      this.#schedule(gatherMs);
    });
  }

  match(workspace: string, names: readonly EventName[]): Match[] {
    return matchHooks(this.#bySource, workspace, names);
  }

  find(id: string): StoredHook | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<StoredHook> {
    return this.#byId.values();
  }

  async catchUp(wanted: bigint): Promise<void> {
    const announced = AbortSignal.timeout(announcementMs);
    while (this.#version < wanted && !announced.aborted) {
      await once(this.#changed, 'changed', { signal: announced }).catch(() => undefined);
    }
    if (this.#version >= wanted) return;
    this.#stale.everything = true;
    await this.reload();
  }

  /** Reads what is stale. When that fails it is stale still. */
  async reload(): Promise<void> {
    const wanted = this.#stale;
    this.#stale = { everything: false, ids: new Set(), version: wanted.version };
    try {
      // Read first: what is loaded after it is at least as new.
      if (wanted.everything) wanted.version = await readConfigurationVersion(this.#database.pool);
      const hooks = await this.#load(wanted);
      const gone = wanted.everything ? [...this.#byId.keys()] : wanted.ids;
      for (const id of gone) this.#byId.delete(id);
      for (const hook of hooks) this.#byId.set(hook.id, hook);
      this.#bySource = groupBySource(this.#byId.values());
      if (wanted.version > this.#version) this.#version = wanted.version;
      this.#changed.emit('changed');
    } catch (error) {
      this.#stale.everything ||= wanted.everything;
      for (const id of wanted.ids) this.#stale.ids.add(id);
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#unsubscribe();
  }

  async #load(wanted: { everything: boolean; ids: ReadonlySet<string> }): Promise<StoredHook[]> {
    if (wanted.everything) return loadHooks(this.#database.kysely, this.#keyring);
    return wanted.ids.size > 0 ? loadHooks(this.#database.kysely, this.#keyring, [...wanted.ids]) : [];
  }

  /** Changes that come while one reload runs are read by the next. */
  #schedule(delayMs: number): void {
    if (this.#closed) return;
    this.#runAgain = this.#timer !== undefined;
    this.#timer ??= setTimeout(() => {
      this.#runAgain = false;
      let nextInMs = gatherMs;
      this.reload()
        .catch((error: Error) => {
          this.#onError(error);
          this.#runAgain = true;
          nextInMs = retryMs;
        })
        .finally(() => {
          this.#timer = undefined;
          if (this.#runAgain) this.#schedule(nextInMs);
        });
    }, delayMs);
  }
}

function groupBySource(hooks: Iterable<StoredHook>): Map<string, StoredHook[]> {
  const groups = new Map<string, StoredHook[]>();
  for (const hook of hooks) {
    if (!hook.enabled) continue;
    const key = keyOf(hook.workspace, hook.source, hook.event);
    const group = groups.get(key);
    if (group) group.push(hook);
    else groups.set(key, [hook]);
  }
  return groups;
}

function matchHooks(
  bySource: ReadonlyMap<string, StoredHook[]>,
  workspace: string,
  names: readonly EventName[],
): Match[] {
  const matches = new Map<string, Match>();
  for (const name of names) {
    for (const key of [keyOf(workspace, name.source, name.event), keyOf(workspace, name.source, null)]) {
      for (const hook of bySource.get(key) ?? []) {
        if (!matches.has(hook.id)) matches.set(hook.id, { hook, name });
      }
    }
  }
  return [...matches.values()];
}

function keyOf(workspace: string, source: string, event: string | null): string {
  return event === null ? `${workspace}\n${source}` : `${workspace}\n${source}\n${event}`;
}
