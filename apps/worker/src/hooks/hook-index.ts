import { EventEmitter, once } from 'node:events';
import { type EventName, findHeardName, isPattern, nameOf } from '@eventhooks/contract';
import {
  type Change,
  type ChangeListener,
  type Database,
  followChanges,
  type Keyring,
  loadHooks,
  readConfigurationVersion,
  type StoredHook,
} from '@eventhooks/database';

/** A hook, and the name under which it hears of an event. */
export interface Match {
  hook: StoredHook;
  name: EventName;
}

export interface HookIndex {
  /** The enabled hooks of a workspace that listen to any of `names`, each once, by the first name that fits. */
  match(workspace: string, names: readonly EventName[]): Match[];
  /** A hook by id, enabled or not. */
  find(id: string): StoredHook | undefined;
  all(): Iterable<StoredHook>;
  /** Whether any hook has an order. */
  hasOrder(): boolean;
  /**
   * Resolves when every change up to this version of the configuration is known. An event that is published after a hook
   * was made then finds the hook. Rejects when PostgreSQL does not answer.
   */
  catchUp(version: bigint): Promise<void>;
  close(): void;
}

export interface HookIndexOptions {
  database: Database;
  listener: ChangeListener;
  keyring: Keyring;
  onError: (error: Error) => void;
}

/** Every kind of change that has a version: those of other kinds than hooks tell how far this index is up to date, too. */
const configurationKinds = ['hook', 'catalogue', 'token', 'workspace', 'unknown'] as const;
/** How long catching up waits for the notification of what changed. Then it reads everything. */
const notificationMs = 200;

/**
 * Keeps all hooks in memory, by what they listen to, so that no event costs a query. Follows changes through `listener`.
 *
 * @returns once every hook is loaded.
 */
export async function createHookIndex(options: HookIndexOptions): Promise<HookIndex> {
  const { database, listener, keyring, onError } = options;
  const byId = new Map<string, StoredHook>();
  let bySource = new Map<string, SourceHooks>();
  let hasOrder = false;
  /** Every change up to this version is in the maps. */
  let known = -1n;
  const loaded = new EventEmitter().setMaxListeners(0);

  const load = async (changes: readonly Change[]): Promise<void> => {
    const everything = changes.some(({ kind }) => kind === 'missed');
    const ids = changes.flatMap((change) => (change.kind === 'hook' ? [change.id] : []));
    // The version is read first, so that what is loaded after it is at least as new.
    const version = everything ? await readConfigurationVersion(database.pool) : latestVersion(changes);
    if (everything || ids.length > 0) {
      const hooks = await loadHooks(database.kysely, keyring, everything ? undefined : ids);
      for (const id of everything ? [...byId.keys()] : ids) byId.delete(id);
      for (const hook of hooks) byId.set(hook.id, hook);
      bySource = groupBySource(byId.values());
      hasOrder = [...byId.values()].some(({ order_by }) => order_by !== null);
    }
    if (version > known) known = version;
    loaded.emit('loaded');
  };
  const follower = await followChanges({ listener, kinds: configurationKinds, load, onError });
  return {
    match: (workspace, names) => matchNames(bySource, workspace, names),
    find: (id) => byId.get(id),
    all: () => byId.values(),
    hasOrder: () => hasOrder,
    async catchUp(wanted) {
      if (known >= wanted) return;
      const waited = AbortSignal.timeout(notificationMs);
      while (known < wanted && !waited.aborted) {
        await once(loaded, 'loaded', { signal: waited }).catch(() => undefined);
      }
      if (known < wanted) await follower.refresh();
    },
    close: follower.close,
  };
}

function latestVersion(changes: readonly Change[]): bigint {
  return changes.reduce((latest, { version }) => (version !== null && version > latest ? version : latest), -1n);
}

/** The enabled hooks of one source of a workspace. */
interface SourceHooks {
  /** Hooks by the event that they name; hooks of every event are under '', which names no event. */
  exact: Map<string, StoredHook[]>;
  withPatterns: StoredHook[];
  /** The hooks with patterns that hear of a name. A source has few names, and many events. */
  matched: Map<string, StoredHook[]>;
}

/** Names of one source whose hooks with patterns are kept. */
const mostNames = 2_000;
const none: readonly StoredHook[] = [];

function groupBySource(hooks: Iterable<StoredHook>): Map<string, SourceHooks> {
  const groups = new Map<string, SourceHooks>();
  for (const hook of hooks) {
    if (!hook.enabled) continue;
    const key = keyOf(hook.workspace, hook.source);
    const group: SourceHooks = groups.get(key) ?? { exact: new Map(), withPatterns: [], matched: new Map() };
    groups.set(key, group);
    const names = hook.events?.map(nameOf) ?? [hook.event ?? ''];
    if (hook.events?.some(isPattern)) group.withPatterns.push(hook);
    else for (const name of new Set(names)) addTo(group.exact, name, hook);
  }
  return groups;
}

function addTo(hooksByName: Map<string, StoredHook[]>, name: string, hook: StoredHook): void {
  const hooks = hooksByName.get(name);
  if (hooks) hooks.push(hook);
  else hooksByName.set(name, [hook]);
}

function matchNames(
  bySource: ReadonlyMap<string, SourceHooks>,
  workspace: string,
  names: readonly EventName[],
): Match[] {
  const matches = new Map<string, Match>();
  for (const name of names) {
    const group = bySource.get(keyOf(workspace, name.source));
    if (!group) continue;
    for (const hooks of [group.exact.get(name.event), group.exact.get(''), matchPatterns(group, name)]) {
      for (const hook of hooks ?? none) if (!matches.has(hook.id)) matches.set(hook.id, { hook, name });
    }
  }
  return [...matches.values()];
}

function matchPatterns({ withPatterns, matched }: SourceHooks, name: EventName): readonly StoredHook[] {
  if (withPatterns.length === 0) return none;
  const known = matched.get(name.event);
  if (known) return known;
  const hooks = withPatterns.filter((hook) => findHeardName(hook, [name]) !== null);
  if (matched.size >= mostNames) matched.clear();
  matched.set(name.event, hooks);
  return hooks;
}

function keyOf(workspace: string, source: string): string {
  return `${workspace}\n${source}`;
}
