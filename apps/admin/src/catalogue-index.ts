import { BUILTIN_SOURCES, type CatalogueView, mergeCatalogue, type UserSource } from '@eventhooks/contract';
import { type ChangeListener, type Database, listWorkspaces, loadUserSources } from '@eventhooks/database';

export interface CatalogueIndex {
  hasWorkspace(name: string): boolean;
  /** The built-in sources with the workspace's own on top; the built-in ones for an unknown workspace. */
  viewOf(workspace: string): CatalogueView;
  /** Resolves when all that was committed before the call is in force here. */
  refresh(): Promise<void>;
  close(): void;
}

const retryMs = 500;

/** Keeps all workspaces' names and own events in memory, so that publishing asks no database, and follows changes through `listener`. */
export async function createCatalogueIndex(
  database: Database,
  listener: ChangeListener,
  onError: (error: Error) => void,
): Promise<CatalogueIndex> {
  let workspaces: ReadonlySet<string> = new Set();
  let sourcesOf: ReadonlyMap<string, UserSource[]> = new Map();
  let views = new Map<string, CatalogueView>();
  let loading: Promise<void> = Promise.resolve();
  let queued: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const load = async (): Promise<void> => {
    queued = null;
    const [names, sources] = await Promise.all([listWorkspaces(database.kysely), loadUserSources(database.kysely)]);
    workspaces = new Set(names.map(({ name }) => name));
    sourcesOf = Map.groupBy(sources, ({ workspace }) => workspace);
    views = new Map();
  };
  // One load runs and one waits: whoever asks while one runs needs a later one, and shares it.
  const refresh = (): Promise<void> => {
    queued ??= loading = loading.catch(() => undefined).then(load);
    return queued;
  };
  const follow = (): void => {
    clearTimeout(timer);
    refresh().catch((error: Error) => {
      onError(error);
      timer = setTimeout(follow, retryMs);
    });
  };
  const unsubscribe = listener.subscribe((subject) => {
    if (subject === null || /^(catalogue|workspace):/.test(subject)) follow();
  });
  await refresh();
  return {
    hasWorkspace: (name) => workspaces.has(name),
    viewOf(workspace) {
      const own = sourcesOf.get(workspace);
      if (own === undefined) return BUILTIN_SOURCES;
      const view = views.get(workspace) ?? mergeCatalogue(own);
      views.set(workspace, view);
      return view;
    },
    refresh,
    close() {
      clearTimeout(timer);
      unsubscribe();
    },
  };
}
