import { isJsonObject, listChangedSecrets, redactPrintedHook } from '@eventhooks/contract';
import { insertAuditEntry, type NewAuditEntry, newId, type Schema } from '@eventhooks/database';
import type { Transaction } from 'kysely';
import type { Call } from './http/call.ts';

export interface Change extends Pick<NewAuditEntry, 'entity' | 'entityId'> {
  /** The entity as the API prints it; null before a creation. */
  before: Record<string, unknown> | null;
  /** Null after a deletion. */
  after: Record<string, unknown> | null;
  /** Paths of secrets that the change set, replaced or removed, of entities that are given without secrets. Those of hooks are found. */
  changedSecrets?: readonly string[];
  /** The entity's workspace, where that is not the call's. */
  workspace?: string | null;
}

/**
 * Writes a change into the audit log, in the transaction that makes it, without secrets. Those that an update changed are named in
 * `secrets_changed` of `after`.
 */
export async function recordChange(transaction: Transaction<Schema>, call: Call, change: Change): Promise<void> {
  const { entity, entityId, before, after, workspace = call.workspace } = change;
  const isUpdate = before !== null && after !== null;
  const { changedSecrets = isUpdate ? listChangedSecrets(before, after) : [] } = change;
  await insertAuditEntry(transaction, {
    id: newId(),
    workspace,
    actor: call.actor.name,
    address: call.address,
    requestId: call.requestId,
    action: before === null ? 'create' : after === null ? 'delete' : 'update',
    entity,
    entityId,
    before: before === null ? null : redact(before),
    after: after && {
      ...redact(after),
      ...(isUpdate && changedSecrets.length > 0 && { secrets_changed: changedSecrets }),
    },
  });
}

function redact(printed: Record<string, unknown>): Record<string, unknown> {
  return isJsonObject(printed.config) ? redactPrintedHook(printed) : printed;
}
