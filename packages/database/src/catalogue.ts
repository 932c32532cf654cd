import { type EventName, stringifyExact, type UserSource } from '@eventhooks/contract';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { SourceEventsTable } from './schema/sources.ts';
import type { Schema } from './schema.ts';

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

/** How many events the workspace has of its own, without those that inbound endpoints added: each endpoint has a limit for these. */
export async function countUserSources(db: Kysely<Schema>, workspace: string): Promise<number> {
  const row = await db
    .selectFrom('source_events')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('workspace', '=', workspace)
    .where('inbound_endpoint', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Adds the event, or replaces it. */
export async function putUserSource(db: Kysely<Schema>, userSource: UserSource): Promise<void> {
  const { workspace, source, event, schema, ...fields } = userSource;
  const values = { ...fields, schema: schema === null ? null : stringifyExact(schema) };
  await db
    .insertInto('source_events')
    .values({ workspace, source, event, ...values })
    .onConflict((conflict) =>
      conflict.columns(['workspace', 'source', 'event']).doUpdateSet({ ...values, updated_at: sql<Date>`now()` }),
    )
    .execute();
}

/**
 * Adds the names that the workspace lacks, as events without fields or schema: all of them, or none (and returns false) if it
 * would then have more than `max` own events, those that inbound endpoints added not counted. The workspace's row is locked, so that two calls cannot exceed
 * the limit together.
 */
export async function addNames(
  db: Kysely<Schema>,
  workspace: string,
  names: readonly EventName[],
  max: number,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    await transaction.selectFrom('workspaces').select('name').where('name', '=', workspace).forUpdate().execute();
    const known = await transaction
      .selectFrom('source_events')
      .select(['source', 'event', 'inbound_endpoint'])
      .where('workspace', '=', workspace)
      .execute();
    const isKnown = (name: EventName) =>
      known.some(({ source, event }) => source === name.source && event === name.event);
    const added = names.filter((name) => !isKnown(name));
    const own = known.filter((row) => row.inbound_endpoint === null);
    if (own.length + added.length > max) return false;
    const rows = added.map(({ source, event }) => ({
      workspace,
      source,
      event,
      description: null,
      unique: null,
      schema: null,
    }));
    if (rows.length > 0) await transaction.insertInto('source_events').values(rows).execute();
    return true;
  });
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
