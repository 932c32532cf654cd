import { type Field, HOOK_FIELDS, type Hook, type HookFieldsKeptAs } from '@eventhooks/contract';
import { type Kysely, type Selectable, sql } from 'kysely';
import { lowestId } from './events.ts';
import type { Keyring } from './keyring.ts';
import type { EventHooksTable } from './schema/hooks.ts';
import type { Schema } from './schema.ts';
import { openHook, sealHook } from './seal-hook.ts';

/** The fields whose columns are not of the type that the API uses. */
const jsonFields = fieldsKeptAs('json');
const timeFields = fieldsKeptAs('time');
const isoTimeFields = fieldsKeptAs('iso_time');

export type StoredHook = Hook & {
  /** Grows with each change of the events that the hook fires on, or of what it sends. */
  revision: string;
  /** Resumed, and what waited while it was paused has not all gone out: what comes now waits behind it. */
  draining: boolean;
  /** Grows with each change of `order_by`. */
  order_generation: number;
};

export interface TaggedPageRequest {
  workspace: string;
  /** The most rows. */
  size: number;
  /** The last id of the page before. */
  after: string | null;
  tags: { all: readonly string[] } | { any: readonly string[] } | null;
}

/** The hooks of all workspaces, enabled or not, for a worker's index; with `ids` only those. */
export async function loadHooks(db: Kysely<Schema>, keyring: Keyring, ids?: readonly string[]): Promise<StoredHook[]> {
  let query = db.selectFrom('event_hooks').selectAll();
  if (ids !== undefined) query = query.where('id', '=', sql<string>`any(${ids}::uuid[])`);
  const rows = await query.execute();
  return rows.map((row) => ({
    ...toHook(row, keyring),
    revision: row.revision,
    draining: row.draining,
    order_generation: row.order_generation,
  }));
}

/**
 * A page of a workspace's hooks in the order of their ids, with one hook more than `size` when there are more. A caller that
 * pages by the last ids sees every lasting hook exactly once, whatever is inserted or deleted meanwhile.
 */
export async function listHooks(db: Kysely<Schema>, keyring: Keyring, request: TaggedPageRequest): Promise<Hook[]> {
  const rows = await hookPageQuery(db, request).execute();
  return rows.map((row) => toHook(row, keyring));
}

/** The statement of `listHooks`: one scan of the index (workspace, id). */
export function hookPageQuery(db: Kysely<Schema>, { workspace, size, after, tags }: TaggedPageRequest) {
  let query = db
    .selectFrom('event_hooks')
    .selectAll()
    .where('workspace', '=', workspace)
    // Compared as a pair, because otherwise the planner may think another index cheaper than (workspace, id).
    .where(sql<boolean>`(workspace, id) > (${workspace}, ${after ?? lowestId}::uuid)`)
    .orderBy('id')
    .limit(size + 1);
  if (tags !== null && 'all' in tags) query = query.where('tags', '@>', sql<string[]>`${tags.all}::text[]`);
  if (tags !== null && 'any' in tags) query = query.where('tags', '&&', sql<string[]>`${tags.any}::text[]`);
  return query;
}

/** With `lock`, within a transaction, no other session can change the hook until the transaction ends. */
export async function findHook(
  db: Kysely<Schema>,
  keyring: Keyring,
  workspace: string,
  id: string,
  { lock = false }: { lock?: boolean } = {},
): Promise<Hook | null> {
  let query = db.selectFrom('event_hooks').selectAll().where('workspace', '=', workspace).where('id', '=', id);
  if (lock) query = query.forUpdate();
  const row = await query.executeTakeFirst();
  return row === undefined ? null : toHook(row, keyring);
}

/** False when the id is taken, in this workspace or another one: ids are unique in the whole installation. */
export async function insertHook(db: Kysely<Schema>, keyring: Keyring, hook: Hook): Promise<boolean> {
  const result = await db
    .insertInto('event_hooks')
    .values(toRow(hook, keyring))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/**
 * Replaces everything that a client can write. Enabling a disabled hook clears the reason, and the time since which it failed.
 * Resuming a paused one lets what waits go first.
 */
export async function updateHook(db: Kysely<Schema>, keyring: Keyring, before: Hook, after: Hook): Promise<void> {
  const { id, workspace, created_at: _created, ...fields } = toRow(after, keyring);
  const isRevived = after.enabled && !before.enabled;
  const isResumed = before.paused === true && after.paused !== true;
  await db
    .updateTable('event_hooks')
    .set({
      ...fields,
      ...(isRevived && { disabled_reason: null, failing_since: null }),
      ...(isResumed && { draining: true }),
      ...(before.filter !== after.filter && { filter_error: null }),
    })
    .where('workspace', '=', workspace)
    .where('id', '=', id)
    .execute();
}

/** Replaces the secrets alone. This is no new revision, so the state of snooze and on_change stays. */
export async function updateSecrets(db: Kysely<Schema>, keyring: Keyring, hook: Hook): Promise<void> {
  const { sealed, old_secrets, updated_at } = toRow(hook, keyring);
  await db
    .updateTable('event_hooks')
    .set({ sealed, old_secrets, updated_at })
    .where('workspace', '=', hook.workspace)
    .where('id', '=', hook.id)
    .execute();
}

/** The number of hooks of all workspaces with a secret that no key opens. */
export async function countUnreadableHooks(db: Kysely<Schema>, keyring: Keyring): Promise<number> {
  const rows = await db.selectFrom('event_hooks').select(['id', 'config', 'sealed', 'old_secrets']).execute();
  return rows.filter(({ id, ...parts }) => openHook(id, parts, keyring).unreadable.length > 0).length;
}

/** The hook as it was, or null when there was none. */
export async function deleteHook(
  db: Kysely<Schema>,
  keyring: Keyring,
  workspace: string,
  id: string,
): Promise<Hook | null> {
  const row = await db
    .deleteFrom('event_hooks')
    .where('workspace', '=', workspace)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : toHook(row, keyring);
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
    .where((where) =>
      where.or([where('event', '=', event), sql<boolean>`events @> ${[event.replaceAll('*', '\\*')]}::text[]`]),
    )
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

function toHook(row: Selectable<EventHooksTable>, keyring: Keyring): Hook {
  const { revision: _revision, sealed, disabled_reason: _reason, failing_since: _failing, ...rest } = row;
  const {
    draining: _draining,
    filter_error: _error,
    order_generation: _generation,
    order_settled: _settled,
    ...fields
  } = rest;
  const hook = {
    ...fields,
    ...openHook(row.id, { config: row.config, sealed, old_secrets: row.old_secrets }, keyring),
    ...mapNames(timeFields, (name) => Math.floor(row[name].getTime() / 1000)),
    ...mapNames(isoTimeFields, (name) => row[name]?.toISOString() ?? null),
  };
  // The table's types cannot say that `config` fits `handler`; only hooks that the contract validated are written.
  return hook as unknown as Hook;
}

function toRow({ unreadable: _unreadable, ...hook }: Hook, keyring: Keyring) {
  const { config, sealed, old_secrets } = sealHook(hook, keyring);
  return {
    ...hook,
    config: JSON.stringify(config),
    sealed: JSON.stringify(sealed),
    old_secrets: JSON.stringify(old_secrets),
    ...mapNames(jsonFields, (name) => (hook[name] === null ? null : JSON.stringify(hook[name]))),
    ...mapNames(timeFields, (name) => new Date(hook[name] * 1000)),
  };
}

function fieldsKeptAs<C extends 'json' | 'time' | 'iso_time'>(column: C): HookFieldsKeptAs<C>[] {
  const names = Object.entries<Field>(HOOK_FIELDS).flatMap(([name, field]) => (field.column === column ? [name] : []));
  // The type of the names says what the condition does.
  return names as HookFieldsKeptAs<C>[];
}

function mapNames<N extends string, T>(names: readonly N[], map: (name: N) => T): Record<N, T> {
  return Object.fromEntries(names.map((name) => [name, map(name)])) as Record<N, T>;
}
