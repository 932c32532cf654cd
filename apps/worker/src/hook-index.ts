import type { EventName } from '@eventhooks/contract';
import { type ChangeListener, type Database, loadHooks, type StoredHook } from '@eventhooks/database';

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
  close(): void;
}

interface Stale {
  everything: boolean;
  ids: Set<string>;
}

/** Changes that arrive together are read together. */
const gatherMs = 20;
const retryMs = 500;

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
  /** What must be read again. */
  let stale: Stale = { everything: true, ids: new Set() };
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const reload = async (): Promise<void> => {
    const wanted = stale;
    stale = { everything: false, ids: new Set() };
    try {
      const hooks = await loadHooks(database.kysely, wanted.everything ? undefined : [...wanted.ids]);
      if (wanted.everything) byId.clear();
      for (const id of wanted.ids) byId.delete(id);
      for (const hook of hooks) byId.set(hook.id, hook);
      bySource = groupBySource(byId.values());
    } catch (error) {
      stale = { everything: wanted.everything || stale.everything, ids: wanted.ids.union(stale.ids) };
      throw error;
    }
  };
  const schedule = (delayMs: number): void => {
    if (timer || closed) return;
    timer = setTimeout(() => {
      reload()
        .then(() => {
          timer = undefined;
          if (stale.everything || stale.ids.size > 0) schedule(gatherMs);
        })
        .catch((error: Error) => {
          timer = undefined;
          onError(error);
          schedule(retryMs);
        });
    }, delayMs);
  };
  const unsubscribe = listener.subscribe((subject) => {
    if (subject === null) stale.everything = true;
    else if (subject.startsWith('hook:')) stale.ids.add(subject.slice('hook:'.length));
    else return;
    schedule(gatherMs);
  });
  await reload();
  return {
    match: (workspace, names) => matchHooks(bySource, workspace, names),
    find: (id) => byId.get(id),
    all: () => byId.values(),
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
