import type { RateLimit, Role } from '@eventhooks/contract';
import { type Kysely, type Selectable, sql } from 'kysely';
import { printRateLimit } from './rate-limit-column.ts';
import type { TokensTable } from './schema/access.ts';
import type { Schema } from './schema.ts';

export type StoredToken = Selectable<TokensTable>;
/** A token as it may be shown: without its hash. */
export type TokenRow = Omit<StoredToken, 'hash'>;

const shownColumns = [
  'id',
  'name',
  'role',
  'workspace',
  'expires_at',
  'last_used_at',
  'rate_limit',
  'created_at',
] as const;

export interface NewToken {
  id: string;
  name: string | null;
  /** SHA-256 of the token. */
  hash: Buffer;
  role: Role;
  /** Null: every workspace. */
  workspace: string | null;
  expires_at: Date | null;
  rate_limit: RateLimit | null;
}

export async function insertToken(db: Kysely<Schema>, token: NewToken): Promise<TokenRow> {
  const values = { ...token, rate_limit: printRateLimit(token.rate_limit) };
  return db.insertInto('tokens').values(values).returning(shownColumns).executeTakeFirstOrThrow();
}

/** Changes the given fields. Null when there is no such token (in `workspace`, unless that is null). Call it within a transaction. */
export async function updateToken(
  db: Kysely<Schema>,
  { workspace, id }: { workspace: string | null; id: string },
  { name, rate_limit }: { name?: string | null; rate_limit?: RateLimit | null },
): Promise<{ before: TokenRow; after: TokenRow } | null> {
  let query = db.selectFrom('tokens').select(shownColumns).where('id', '=', id).forUpdate();
  if (workspace !== null) query = query.where('workspace', '=', workspace);
  const before = await query.executeTakeFirst();
  if (before === undefined) return null;
  const changes = {
    ...(name !== undefined && { name }),
    ...(rate_limit !== undefined && { rate_limit: printRateLimit(rate_limit) }),
  };
  if (Object.keys(changes).length === 0) return { before, after: before };
  const changed = db.updateTable('tokens').set(changes).where('id', '=', id).returning(shownColumns);
  return { before, after: await changed.executeTakeFirstOrThrow() };
}

/** Tokens bound to `workspace`, or all of them when it is null; in the order they were made. */
export async function listTokens(
  db: Kysely<Schema>,
  { workspace, size, after }: { workspace: string | null; size: number; after: string | null },
): Promise<TokenRow[]> {
  let query = db
    .selectFrom('tokens')
    .select(shownColumns)
    .orderBy('id')
    .limit(size + 1);
  if (workspace !== null) query = query.where('workspace', '=', workspace);
  if (after !== null) query = query.where('id', '>', after);
  return query.execute();
}

/** The existing tokens with these hashes, in no particular order. */
export async function findTokensByHash(db: Kysely<Schema>, hashes: readonly Buffer[]): Promise<StoredToken[]> {
  return db.selectFrom('tokens').selectAll().where('hash', 'in', hashes).execute();
}

/** The token as it was, or null when there was none (in `workspace`, unless that is null). */
export async function deleteToken(db: Kysely<Schema>, workspace: string | null, id: string): Promise<TokenRow | null> {
  let query = db.deleteFrom('tokens').where('id', '=', id);
  if (workspace !== null) query = query.where('workspace', '=', workspace);
  const row = await query.returning(shownColumns).executeTakeFirst();
  return row ?? null;
}

/** Notes that a token was used now. */
export async function touchToken(db: Kysely<Schema>, id: string): Promise<void> {
  await db.updateTable('tokens').set({ last_used_at: sql<Date>`now()` }).where('id', '=', id).execute();
}
