import type { Hook } from '@eventhooks/contract';
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import { lowestId } from './events.ts';
import type { EventHooksTable, Schema } from './schema.ts';

/** A hook with what its rows know beside it. `revision` grows with each change of what it fires on or sends. */
export type StoredHook = Hook & { revision: string };

export interface HookPageRequest {
  workspace: string;
  /** Rows at most. */
  size: number;
  /** The last id of the page before. */
  after: string | null;
  tags: { all: readonly string[] } | { any: readonly string[] } | null;
}

/** Hooks of all workspaces, enabled or not; with `ids` only those. For a dispatcher's index. */
export async function loadHooks(db: Kysely<Schema>, ids?: readonly string[]): Promise<StoredHook[]> {
  let query = db.selectFrom('event_hooks').selectAll();
  if (ids !== undefined) query = query.where('id', '=', sql<string>`any(${ids}::uuid[])`);
  const rows = await query.execute();
  return rows.map((row) => ({ ...toHook(row), revision: row.revision }));
}

/**
 * A page of a workspace's hooks in the order of their ids, one more than asked for when there are more. Walking pages by
 * the last id meets every hook that stays exactly once, whatever is inserted and deleted meanwhile.
 */
export async function listHooks(db: Kysely<Schema>, request: HookPageRequest): Promise<Hook[]> {
  const rows = await hookPageQuery(db, request).execute();
  return rows.map(toHook);
}

/** The statement of `listHooks`: one scan of the index (workspace, id). */
export function hookPageQuery(db: Kysely<Schema>, { workspace, size, after, tags }: HookPageRequest) {
  let query = db
    .selectFrom('event_hooks')
    .selectAll()
    .where('workspace', '=', workspace)
    // As a pair, so that no other index than (workspace, id) looks cheaper to the planner.
    .where(sql<boolean>`(workspace, id) > (${workspace}, ${after ?? lowestId}::uuid)`)
    .orderBy('id')
    .limit(size + 1);
  if (tags !== null && 'all' in tags) query = query.where('tags', '@>', sql<string[]>`${tags.all}::text[]`);
  if (tags !== null && 'any' in tags) query = query.where('tags', '&&', sql<string[]>`${tags.any}::text[]`);
  return query;
}

/** With `lock`, inside of a transaction, nobody else changes the hook until it ends. */
export async function findHook(
  db: Kysely<Schema>,
  workspace: string,
  id: string,
  { lock = false }: { lock?: boolean } = {},
): Promise<Hook | null> {
  let query = db.selectFrom('event_hooks').selectAll().where('workspace', '=', workspace).where('id', '=', id);
  if (lock) query = query.forUpdate();
  const row = await query.executeTakeFirst();
  return row === undefined ? null : toHook(row);
}

/** False when the id is taken, in this workspace or another: ids are unique over the whole installation. */
export async function insertHook(db: Kysely<Schema>, hook: Hook): Promise<boolean> {
  const result = await db
    .insertInto('event_hooks')
    .values(toRow(hook))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/** Replaces all that a client can write. Enabling a hook that was disabled forgets why, and how long it had been failing. */
export async function updateHook(db: Kysely<Schema>, before: Hook, after: Hook): Promise<void> {
  const { id, workspace, created_at: _created, ...fields } = toRow(after);
  const isRevived = after.enabled && !before.enabled;
  await db
    .updateTable('event_hooks')
    .set({ ...fields, ...(isRevived && { disabled_reason: null, failing_since: null }) })
    .where('workspace', '=', workspace)
    .where('id', '=', id)
    .execute();
}

/** The hook as it was, or null when there was none. */
export async function deleteHook(db: Kysely<Schema>, workspace: string, id: string): Promise<Hook | null> {
  const row = await db
    .deleteFrom('event_hooks')
    .where('workspace', '=', workspace)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : toHook(row);
}

/** True while a hook of the workspace names this source and event. */
export async function isSourceEventUsed(
  db: Kysely<Schema>,
  workspace: string,
  source: string,
  event: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('event_hooks')
    .select('id')
    .where('workspace', '=', workspace)
    .where('source', '=', source)
    .where('event', '=', event)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

function toHook(row: Selectable<EventHooksTable>): Hook {
  const { revision: _revision, disabled_reason: _reason, failing_since: _failing, ...fields } = row;
  const hook = {
    ...fields,
    created_at: toEpochSeconds(row.created_at),
    updated_at: toEpochSeconds(row.updated_at),
  };
  // The table's types cannot say that `config` fits `handler`; only hooks that the contract validated are written.
  return hook as unknown as Hook;
}

function toRow(hook: Hook): Insertable<EventHooksTable> {
  return {
    ...hook,
    config: JSON.stringify(hook.config),
    retry: hook.retry === null ? null : JSON.stringify(hook.retry),
    created_at: new Date(hook.created_at * 1000),
    updated_at: new Date(hook.updated_at * 1000),
  };
}

function toEpochSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
