import { BUILTIN_SOURCES } from '@eventhooks/contract';
import { type ChangeListener, type Database, followChanges } from '@eventhooks/database';

/** The fields that make two events of one name the same, as the catalogue declares them. */
export interface UniqueFields {
  /** Null: all fields. */
  of(workspace: string, source: string, event: string): string[] | null;
  close(): void;
}

/** Keeps what users declared for their events in memory, and follows changes through `listener`. */
export async function createUniqueFields(
  database: Database,
  listener: ChangeListener,
  onError: (error: Error) => void,
): Promise<UniqueFields> {
  let declared = new Map<string, string[] | null>();
  const load = async (): Promise<void> => {
    const rows = await database.kysely
      .selectFrom('source_events')
      .select(['workspace', 'source', 'event', 'unique'])
      .execute();
    declared = new Map(rows.map((row) => [keyOf(row.workspace, row.source, row.event), row.unique]));
  };
  const follower = await followChanges({ listener, kinds: ['catalogue'], load, onError });
  return {
    of(workspace, source, event) {
      const own = declared.get(keyOf(workspace, source, event));
      if (own !== undefined) return own;
      const unique = BUILTIN_SOURCES.get(source)?.get(event)?.unique;
      return unique ? [...unique] : null;
    },
    close: follower.close,
  };
}

function keyOf(workspace: string, source: string, event: string): string {
  return `${workspace}\n${source}\n${event}`;
}
