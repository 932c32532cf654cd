import type { UserSource } from '@eventhooks/contract';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Schema, SourceEventsTable } from './schema.ts';

/** Every workspace's own events. */
export async function loadUserSources(db: Kysely<Schema>): Promise<UserSource[]> {
  const rows = await db.selectFrom('source_events').selectAll().execute();
  return rows.map(toUserSource);
}

export async function findUserSource(
  db: Kysely<Schema>,
  name: { workspace: string; source: string; event: string },
): Promise<UserSource | null> {
  const { workspace, source, event } = name;
  const row = await db
    .selectFrom('source_events')
    .selectAll()
    .where('workspace', '=', workspace)
    .where('source', '=', source)
    .where('event', '=', event)
    .executeTakeFirst();
  return row === undefined ? null : toUserSource(row);
}

export async function countUserSources(db: Kysely<Schema>, workspace: string): Promise<number> {
  const row = await db
    .selectFrom('source_events')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('workspace', '=', workspace)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Adds the event, or replaces it. */
export async function putUserSource(db: Kysely<Schema>, userSource: UserSource): Promise<void> {
  const { workspace, source, event, schema, ...fields } = userSource;
  const values = { ...fields, schema: schema === null ? null : JSON.stringify(schema) };
  await db
    .insertInto('source_events')
    .values({ workspace, source, event, ...values })
    .onConflict((conflict) =>
      conflict.columns(['workspace', 'source', 'event']).doUpdateSet({ ...values, updated_at: sql<Date>`now()` }),
    )
    .execute();
}

/** The event as it was, or null when there was none. */
export async function deleteUserSource(
  db: Kysely<Schema>,
  { workspace, source, event }: { workspace: string; source: string; event: string },
): Promise<UserSource | null> {
  const row = await db
    .deleteFrom('source_events')
    .where('workspace', '=', workspace)
    .where('source', '=', source)
    .where('event', '=', event)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : toUserSource(row);
}

function toUserSource(row: Selectable<SourceEventsTable>): UserSource {
  const { workspace, source, event, description, fields, unique, schema } = row;
  // Only schemas that the contract validated are written, and those are objects.
  return { workspace, source, event, description, fields, unique, schema: schema as UserSource['schema'] };
}
