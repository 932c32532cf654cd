import { type EventName, type InboundEndpoint, isJsonObject } from '@eventhooks/contract';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { TaggedPageRequest } from './hooks.ts';
import { newId } from './ids.ts';
import type { Keyring } from './keyring.ts';
import { printRateLimit } from './rate-limit-column.ts';
import type { InboundEndpointsTable } from './schema/sources.ts';
import type { Schema } from './schema.ts';

/** The secrets of one endpoint, which are sealed together. */
interface Secrets {
  secrets?: string[];
  verify_token?: string;
}

/** Every workspace's endpoints. One whose secrets no key opens is left without them, so that it verifies nothing. */
export async function loadInboundEndpoints(db: Kysely<Schema>, keyring: Keyring): Promise<InboundEndpoint[]> {
  const rows = await db.selectFrom('inbound_endpoints').selectAll().execute();
  return rows.map((row) => toEndpoint(row, keyring));
}

/** A page of a workspace's endpoints in the order of their ids, with one more than `size` where there are more. */
export async function listInboundEndpoints(
  db: Kysely<Schema>,
  keyring: Keyring,
  { workspace, size, after, tags }: TaggedPageRequest,
): Promise<InboundEndpoint[]> {
  let query = db.selectFrom('inbound_endpoints').selectAll().where('workspace', '=', workspace);
  if (after !== null) query = query.where('id', '>', after);
  if (tags !== null && 'all' in tags) query = query.where('tags', '@>', sql<string[]>`${tags.all}::text[]`);
  if (tags !== null && 'any' in tags) query = query.where('tags', '&&', sql<string[]>`${tags.any}::text[]`);
  const rows = await query
    .orderBy('id')
    .limit(size + 1)
    .execute();
  return rows.map((row) => toEndpoint(row, keyring));
}

export async function countInboundEndpoints(db: Kysely<Schema>, workspace: string): Promise<number> {
  const row = await db
    .selectFrom('inbound_endpoints')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('workspace', '=', workspace)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** With `lock`, within a transaction, no other session can change it until the transaction ends. */
export async function findInboundEndpoint(
  db: Kysely<Schema>,
  keyring: Keyring,
  { workspace, name }: { workspace: string; name: string },
  { lock = false }: { lock?: boolean } = {},
): Promise<InboundEndpoint | null> {
  let query = db
    .selectFrom('inbound_endpoints')
    .selectAll()
    .where('workspace', '=', workspace)
    .where('name', '=', name);
  if (lock) query = query.forUpdate();
  const row = await query.executeTakeFirst();
  return row === undefined ? null : toEndpoint(row, keyring);
}

/** False when the name is taken. */
export async function insertInboundEndpoint(
  db: Kysely<Schema>,
  keyring: Keyring,
  endpoint: InboundEndpoint,
): Promise<boolean> {
  const { id, workspace } = endpoint;
  const row = await db
    .insertInto('inbound_endpoints')
    .values({ id, workspace, ...toColumns(endpoint, keyring) })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function updateInboundEndpoint(
  db: Kysely<Schema>,
  keyring: Keyring,
  endpoint: InboundEndpoint,
): Promise<void> {
  const columns = toColumns(endpoint, keyring);
  await db
    .updateTable('inbound_endpoints')
    .set({ ...columns, updated_at: sql<Date>`now()` })
    .where('id', '=', endpoint.id)
    .execute();
}

/** The endpoint as it was, or null when there was none. */
export async function deleteInboundEndpoint(
  db: Kysely<Schema>,
  keyring: Keyring,
  { workspace, name }: { workspace: string; name: string },
): Promise<InboundEndpoint | null> {
  const row = await db
    .deleteFrom('inbound_endpoints')
    .where('workspace', '=', workspace)
    .where('name', '=', name)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : toEndpoint(row, keyring);
}

function toColumns(endpoint: InboundEndpoint, keyring: Keyring) {
  const { id, name, enabled, tags, rate_limit, preset, map } = endpoint;
  const { secrets, ...verify } = endpoint.verify;
  const { verify_token, ...respond } = endpoint.respond ?? {};
  const found: Secrets = { ...(secrets && { secrets }), ...(verify_token && { verify_token }) };
  const hasSecrets = Object.keys(found).length > 0;
  return {
    name,
    enabled,
    tags,
    rate_limit: printRateLimit(rate_limit),
    preset,
    verify: JSON.stringify(verify),
    map: JSON.stringify(map),
    respond: endpoint.respond === null ? null : JSON.stringify(respond),
    sealed: hasSecrets ? keyring.seal(JSON.stringify(found), placeOf(id)) : null,
  };
}

function toEndpoint(row: Selectable<InboundEndpointsTable>, keyring: Keyring): InboundEndpoint {
  const opened = row.sealed === null ? null : keyring.open(row.sealed, placeOf(row.id));
  const found: Secrets = opened?.ok ? JSON.parse(opened.text) : {};
  const verify = { ...(isJsonObject(row.verify) && row.verify), ...(found.secrets && { secrets: found.secrets }) };
  const respond = isJsonObject(row.respond)
    ? { ...row.respond, ...(found.verify_token && { verify_token: found.verify_token }) }
    : null;
  // Only endpoints that the contract validated are written.
  return {
    ...row,
    preset: row.preset as InboundEndpoint['preset'],
    verify: verify as InboundEndpoint['verify'],
    map: row.map as InboundEndpoint['map'],
    respond: respond as InboundEndpoint['respond'],
    created_at: Math.floor(row.created_at.getTime() / 1000),
    updated_at: Math.floor(row.updated_at.getTime() / 1000),
  };
}

function placeOf(id: string): string {
  return `inbound_endpoints/${id}/secrets`;
}

/** Seals the secrets of endpoints anew that another key sealed. Returns the names of those that no key opens. */
export async function rotateInboundKeys(db: Kysely<Schema>, keyring: Keyring): Promise<string[]> {
  return db.transaction().execute(async (transaction) => {
    const rows = await transaction
      .selectFrom('inbound_endpoints')
      .select(['id', 'name', 'sealed'])
      .forUpdate()
      .execute();
    const unreadable: string[] = [];
    for (const { id, name, sealed } of rows) {
      if (sealed === null || keyring.isCurrent(sealed)) continue;
      const opened = keyring.open(sealed, placeOf(id));
      if (!opened.ok) {
        unreadable.push(name);
        continue;
      }
      const anew = keyring.seal(opened.text, placeOf(id));
      await transaction.updateTable('inbound_endpoints').set({ sealed: anew }).where('id', '=', id).execute();
    }
    return unreadable;
  });
}

/**
 * Adds the names that the workspace lacks: all of them, or none (and returns false) if the endpoint would then have added more than
 * `max`. The endpoint's row is locked, so that two transactions cannot exceed the limit together.
 */
export async function addInboundNames(
  transaction: Transaction<Schema>,
  { id, workspace }: { id: string; workspace: string },
  names: readonly (EventName & { description: string | null; unique?: readonly string[] | null })[],
  max: number,
): Promise<boolean> {
  await transaction.selectFrom('inbound_endpoints').select('id').where('id', '=', id).forUpdate().execute();
  const known = await transaction
    .selectFrom('source_events')
    .select(['source', 'event', 'inbound_endpoint'])
    .where('workspace', '=', workspace)
    .execute();
  const added = names.filter((name) => !known.some((row) => row.source === name.source && row.event === name.event));
  const before = known.filter((row) => row.inbound_endpoint === id).length;
  if (before + added.length > max) return false;
  if (added.length === 0) return true;
  const rows = added.map(({ source, event, description, unique = null }) => ({
    workspace,
    source,
    event,
    description,
    fields: [...(unique ?? [])],
    unique: unique === null ? null : [...unique],
    schema: null,
    inbound_endpoint: id,
  }));
  await transaction
    .insertInto('source_events')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return true;
}

export interface NewRejection {
  endpointId: string;
  status: number;
  reason: string;
  headers: Record<string, string | null>;
  at: Date;
}

/** Keeps rejections, and of each endpoint no more than the last `keep`. An endpoint that is gone is passed over. */
export async function addRejections(
  db: Kysely<Schema>,
  rejections: readonly NewRejection[],
  keep: number,
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const ids = [...new Set(rejections.map(({ endpointId }) => endpointId))];
    const existing = await transaction
      .selectFrom('inbound_endpoints')
      .select('id')
      .where('id', 'in', ids)
      .forKeyShare()
      .execute();
    const known = new Set(existing.map(({ id }) => id));
    const rows = rejections
      .filter(({ endpointId }) => known.has(endpointId))
      .map(({ endpointId, status, reason, headers, at }) => ({
        id: newId(),
        endpoint_id: endpointId,
        status,
        reason,
        headers: JSON.stringify(headers),
        rejected_at: at,
      }));
    if (rows.length === 0) return;
    await transaction.insertInto('inbound_rejections').values(rows).execute();
    await sql`
      DELETE FROM inbound_rejections WHERE id IN (
        SELECT id FROM (
          SELECT id, row_number() OVER (PARTITION BY endpoint_id ORDER BY id DESC) AS place
          FROM inbound_rejections WHERE endpoint_id = ANY(${[...known]}::uuid[])
        ) AS ranked WHERE place > ${keep}
      )`.execute(transaction);
  });
}

/** The rejections of an endpoint, the last first. */
export async function listRejections(db: Kysely<Schema>, endpointId: string) {
  return db
    .selectFrom('inbound_rejections')
    .select(['rejected_at', 'status', 'reason', 'headers'])
    .where('endpoint_id', '=', endpointId)
    .orderBy('id', 'desc')
    .execute();
}
