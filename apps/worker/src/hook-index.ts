import { EventEmitter, once } from 'node:events';
import type { EventName } from '@eventhooks/contract';
import {
  type ChangeListener,
  type Database,
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
export async function createHookIndex(
  database: Database,
  listener: ChangeListener,
  onError: (error: Error) => void,
): Promise<HookIndex> {
  const byId = new Map<string, StoredHook>();
  let bySource = new Map<string, StoredHook[]>();
  let version = -1n;
  /** What must be read again: these ids, or everything. */
  let stale: { everything: boolean; ids: Set<string>; version: bigint } = {
    everything: true,
    ids: new Set(),
    version: -1n,
  };
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const changed = new EventEmitter().setMaxListeners(0);

  const reload = async (): Promise<void> => {
    const wanted = stale;
    stale = { everything: false, ids: new Set(), version: wanted.version };
    try {
      if (wanted.everything) {
        // Read first: what is loaded after it is at least as new.
        wanted.version = await readConfigurationVersion(database.pool);
        const hooks = await loadHooks(database.kysely);
        byId.clear();
        for (const hook of hooks) byId.set(hook.id, hook);
      } else if (wanted.ids.size > 0) {
        const hooks = await loadHooks(database.kysely, [...wanted.ids]);
        for (const id of wanted.ids) byId.delete(id);
        for (const hook of hooks) byId.set(hook.id, hook);
      }
      bySource = groupBySource(byId.values());
      if (wanted.version > version) version = wanted.version;
      changed.emit('changed');
    } catch (error) {
      stale = {
        everything: wanted.everything || stale.everything,
        ids: wanted.ids.union(stale.ids),
        version: stale.version,
      };
      throw error;
    }
  };
  let again = false;
  const schedule = (delayMs: number): void => {
    if (closed) return;
    again = timer !== undefined;
    timer ??= setTimeout(run, delayMs);
  };
  const run = (): void => {
    again = false;
    reload()
      .catch((error: Error) => {
        onError(error);
        again = true;
      })
      .finally(() => {
        timer = undefined;
        if (again) schedule(stale.everything ? retryMs : gatherMs);
      });
  };
  const unsubscribe = listener.subscribe((subject, newVersion) => {
    if (newVersion === null) return;
    stale.version = newVersion;
    if (subject === null) stale.everything = true;
    else if (subject.startsWith('hook:')) stale.ids.add(subject.slice('hook:'.length));
    schedule(gatherMs);
  });
  await reload();
  return {
    match: (workspace, names) => matchHooks(bySource, workspace, names),
    find: (id) => byId.get(id),
    all: () => byId.values(),
    async catchUp(wanted) {
      if (version >= wanted) return;
      const announced = AbortSignal.timeout(announcementMs);
      while (version < wanted && !announced.aborted)
        await once(changed, 'changed', { signal: announced }).catch(() => undefined);
      if (version >= wanted) return;
      stale.everything = true;
      await reload();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      unsubscribe();
    },
  };
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
