import type { RateLimit } from '@eventhooks/contract';
import type { Kysely, Selectable } from 'kysely';
import { printRateLimit } from './rate-limit-column.ts';
import type { WorkspacesTable } from './schema/access.ts';
import type { Schema } from './schema.ts';

export type WorkspaceRow = Selectable<WorkspacesTable>;

/** The workspaces in the order of their names; with `name`, only that one. */
export async function listWorkspaces(db: Kysely<Schema>, name?: string): Promise<WorkspaceRow[]> {
  let query = db.selectFrom('workspaces').selectAll().orderBy('name');
  if (name !== undefined) query = query.where('name', '=', name);
  return query.execute();
}

/**
 * A page of the workspaces in the order of their names, and one row more where there are more; with `name`, that one alone.
 * Where the workspace with the id `after` has been deleted meanwhile, the list begins again: rows come twice, and none is lost.
 */
export async function listWorkspacePage(
  db: Kysely<Schema>,
  { name, size, after }: { name: string | null; size: number; after: string | null },
): Promise<WorkspaceRow[]> {
  let query = db
    .selectFrom('workspaces')
    .selectAll()
    .orderBy('name')
    .limit(size + 1);
  if (name !== null) query = query.where('name', '=', name);
  if (after !== null) {
    query = query.where(({ eb, fn, val, selectFrom }) => {
      const lastName = selectFrom('workspaces as last').select('last.name').where('last.id', '=', after);
      return eb('name', '>', fn.coalesce(lastName, val('')));
    });
  }
  return query.execute();
}

/** Null when the name is taken. */
export async function insertWorkspace(
  db: Kysely<Schema>,
  workspace: {
    name: string;
    id: string;
    title?: string | null;
    comment: string | null;
    open?: boolean;
    rate_limit?: RateLimit | null;
  },
): Promise<WorkspaceRow | null> {
  const row = await db
    .insertInto('workspaces')
    .values({ ...workspace, rate_limit: printRateLimit(workspace.rate_limit ?? null) })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

/** Changes the given fields. Null when there is no such workspace. Call it within a transaction: `before` is locked until its end. */
export async function updateWorkspace(
  db: Kysely<Schema>,
  name: string,
  {
    rate_limit,
    ...others
  }: { title?: string | null; comment?: string | null; open?: boolean; rate_limit?: RateLimit | null },
): Promise<{ before: WorkspaceRow; after: WorkspaceRow } | null> {
  const before = await lockWorkspace(db, name);
  if (before === undefined) return null;
  const changes = { ...others, ...(rate_limit !== undefined && { rate_limit: printRateLimit(rate_limit) }) };
  if (Object.keys(changes).length === 0) return { before, after: before };
  const after = await db
    .updateTable('workspaces')
    .set(changes)
    .where('name', '=', name)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { before, after };
}

export type WorkspaceDeletion = { ok: true; workspace: WorkspaceRow | null } | { ok: false; kind: 'has_hooks' };

/**
 * Deletes a workspace with its sources and tokens, unless it holds hooks. Call it within a transaction: the row is locked
 * first, so that no hook can be added meanwhile.
 */
export async function deleteWorkspace(db: Kysely<Schema>, name: string): Promise<WorkspaceDeletion> {
  const workspace = await lockWorkspace(db, name);
  if (workspace === undefined) return { ok: true, workspace: null };
  const hook = await db
    .selectFrom('event_hooks')
    .select('id')
    .where('workspace', '=', name)
    .limit(1)
    .executeTakeFirst();
  if (hook !== undefined) return { ok: false, kind: 'has_hooks' };
  await db.deleteFrom('workspaces').where('name', '=', name).execute();
  return { ok: true, workspace };
}

function lockWorkspace(db: Kysely<Schema>, name: string): Promise<WorkspaceRow | undefined> {
  return db.selectFrom('workspaces').selectAll().where('name', '=', name).forUpdate().executeTakeFirst();
}
