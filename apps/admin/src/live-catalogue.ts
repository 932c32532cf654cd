import { BUILTIN_SOURCES, type CatalogueView, mergeCatalogue, type UserSource } from '@eventhooks/contract';
import type { ChangeListener, Database } from '@eventhooks/database';

export interface LiveCatalogue {
  /** The sources and events of a workspace, its own among them; null when there is no such workspace. */
  viewOf(workspace: string): CatalogueView | null;
  close(): void;
}

const retryMs = 500;

/** Keeps every workspace's catalogue in memory, and follows changes through `listener`. */
export async function createLiveCatalogue(
  database: Database,
  listener: ChangeListener,
  onError: (error: Error) => void,
): Promise<LiveCatalogue> {
  let views = new Map<string, CatalogueView>();
  let loading = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const load = async (): Promise<void> => {
    const workspaces = await database.kysely.selectFrom('workspaces').select('name').execute();
    const rows = await database.kysely.selectFrom('source_events').selectAll().execute();
    const own = Map.groupBy(rows as unknown as UserSource[], (row) => row.workspace);
    views = new Map(workspaces.map(({ name }) => [name, viewOfSources(own.get(name))]));
  };
  const reload = (): void => {
    clearTimeout(timer);
    loading = loading.then(load).catch((error: Error) => {
      onError(error);
      timer = setTimeout(reload, retryMs);
    });
  };
  const unsubscribe = listener.subscribe((subject) => {
    if (subject === null || /^(catalogue|workspace):/.test(subject)) reload();
  });
  await load();
  return {
    viewOf: (workspace) => views.get(workspace) ?? null,
    close() {
      clearTimeout(timer);
      unsubscribe();
    },
  };
}

function viewOfSources(own: UserSource[] | undefined): CatalogueView {
  return own ? mergeCatalogue(own) : BUILTIN_SOURCES;
}
