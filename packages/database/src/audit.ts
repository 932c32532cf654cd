import type { PrintedAuditEntry } from '@eventhooks/contract';
import type { Kysely, Selectable } from 'kysely';
import type { AuditEntriesTable } from './schema/access.ts';
import type { Schema } from './schema.ts';

export type AuditRow = Selectable<AuditEntriesTable>;

export interface NewAuditEntry {
  id: string;
  /** Null for an entity of the whole installation. */
  workspace: string | null;
  actor: string;
  address: string | null;
  requestId: string;
  action: PrintedAuditEntry['action'];
  entity: PrintedAuditEntry['entity'];
  entityId: string;
  /** Without secrets; null before a creation and after a deletion. */
  before: unknown;
  after: unknown;
}

/** To be called in the transaction of the change that it records. */
export async function insertAuditEntry(db: Kysely<Schema>, entry: NewAuditEntry): Promise<void> {
  const { requestId, entityId, before, after, ...fields } = entry;
  await db
    .insertInto('audit_entries')
    .values({
      ...fields,
      request_id: requestId,
      entity_id: entityId,
      before: before === null ? null : JSON.stringify(before),
      after: after === null ? null : JSON.stringify(after),
    })
    .execute();
}

export interface AuditPageRequest {
  /** Null: entries of all workspaces and of the installation. */
  workspace: string | null;
  size: number;
  /** The last id of the page before. */
  after: string | null;
  entity: PrintedAuditEntry['entity'] | null;
  entityId: string | null;
}

/** A page of entries, newest first, one more than asked for when there are more. */
export async function listAuditEntries(db: Kysely<Schema>, request: AuditPageRequest): Promise<AuditRow[]> {
  const { workspace, size, after, entity, entityId } = request;
  let query = db
    .selectFrom('audit_entries')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(size + 1);
  if (workspace !== null) query = query.where('workspace', '=', workspace);
  if (after !== null) query = query.where('id', '<', after);
  if (entity !== null) query = query.where('entity', '=', entity);
  if (entityId !== null) query = query.where('entity_id', '=', entityId);
  return query.execute();
}
