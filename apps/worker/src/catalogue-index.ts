import { BUILTIN_SOURCES } from '@eventhooks/contract';
import type { ChangeListener, Database } from '@eventhooks/database';

export interface CatalogueIndex {
  /** The fields that make two events the same, or null: all of them. */
  uniqueFieldsOf(workspace: string, source: string, event: string): string[] | null;
  close(): void;
}

const retryMs = 500;

/** Keeps the unique fields that users declared for their events in memory, and follows changes through `listener`. */
export async function createCatalogueIndex(
  database: Database,
  listener: ChangeListener,
  onError: (error: Error) => void,
): Promise<CatalogueIndex> {
  let declared = new Map<string, string[] | null>();
  let reloading: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const load = async (): Promise<void> => {
    const rows = await database.kysely
      .selectFrom('source_events')
      .select(['workspace', 'source', 'event', 'unique'])
      .execute();
    declared = new Map(rows.map((row) => [keyOf(row.workspace, row.source, row.event), row.unique]));
  };
  const reload = (): void => {
    clearTimeout(timer);
    // Runs one after another, so that the last change is always read.
    const previous = reloading ?? Promise.resolve();
    reloading = previous.then(load).catch((error: Error) => {
      onError(error);
      timer = setTimeout(reload, retryMs);
    });
  };
  const unsubscribe = listener.subscribe(({ kind }) => {
    if (kind === 'catalogue' || kind === 'missed') reload();
  });
  await load();
  return {
    uniqueFieldsOf(workspace, source, event) {
      const own = declared.get(keyOf(workspace, source, event));
      if (own !== undefined) return own;
      const unique = BUILTIN_SOURCES.get(source)?.get(event)?.unique;
      return unique ? [...unique] : null;
    },
    close() {
      clearTimeout(timer);
      unsubscribe();
    },
  };
}

function keyOf(workspace: string, source: string, event: string): string {
  return `${workspace}\n${source}\n${event}`;
}
