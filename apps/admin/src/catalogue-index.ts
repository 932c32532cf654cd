import { BUILTIN_SOURCES, type CatalogueView, mergeCatalogue, type UserSource } from '@eventhooks/contract';
import {
  type ChangeListener,
  type Database,
  followChanges,
  listWorkspaces,
  loadUserSources,
} from '@eventhooks/database';
import { type NamedQuota, quotaOf } from './quotas/named-quota.ts';

export interface CatalogueIndex {
  hasWorkspace(name: string): boolean;
  /** Whether the workspace takes sources and events that it does not have. */
  isOpen(workspace: string): boolean;
  /** The rate limit that all publishers of the workspace share, or null. */
  quotaOf(workspace: string): NamedQuota | null;
  /** The built-in sources with the workspace's own on top; the built-in ones for an unknown workspace. */
  viewOf(workspace: string): CatalogueView;
  /** Resolves when everything committed before the call is in force here. */
  refresh(): Promise<void>;
  close(): void;
}

/** Keeps all workspaces' names and own events in memory, so that publishing needs no query. Follows changes through `listener`. */
export async function createCatalogueIndex(
  database: Database,
  listener: ChangeListener,
  onError: (error: Error) => void,
): Promise<CatalogueIndex> {
  let workspaces: ReadonlyMap<string, { open: boolean; quota: NamedQuota | null }> = new Map();
  let sourcesOf: ReadonlyMap<string, UserSource[]> = new Map();
  let views = new Map<string, CatalogueView>();

  const load = async (): Promise<void> => {
    const [names, sources] = await Promise.all([listWorkspaces(database.kysely), loadUserSources(database.kysely)]);
    workspaces = new Map(names.map((row) => [row.name, { open: row.open, quota: quotaOf('workspace', row) }]));
    sourcesOf = Map.groupBy(sources, ({ workspace }) => workspace);
    views = new Map();
  };
  const { refresh, close } = await followChanges({ listener, kinds: ['catalogue', 'workspace'], load, onError });
  return {
    hasWorkspace: (name) => workspaces.has(name),
    isOpen: (workspace) => workspaces.get(workspace)?.open === true,
    quotaOf: (workspace) => workspaces.get(workspace)?.quota ?? null,
    viewOf(workspace) {
      const own = sourcesOf.get(workspace);
      if (own === undefined) return BUILTIN_SOURCES;
      const view = views.get(workspace) ?? mergeCatalogue(own);
      views.set(workspace, view);
      return view;
    },
    refresh,
    close,
  };
}
