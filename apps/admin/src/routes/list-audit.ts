import { auditEntrySchema, auditPageQuerySchema, type PrintedAuditEntry, pageSchema } from '@eventhooks/contract';
import { type AuditRow, listAuditEntries } from '@eventhooks/database';
import { buildPage } from '../http/page.ts';
import { defineRoute } from '../http/route.ts';
import { toEpochSeconds } from './print-time.ts';

export const listAuditRoute = defineRoute({
  method: 'get',
  path: '/audit',
  operation: 'listAudit',
  document: {
    summary: 'Read the audit log',
    description: 'Who changed what, newest first. Behind a workspace, the changes of that workspace.',
    tag: 'Audit',
    query: auditPageQuerySchema,
    responses: { 200: { description: 'A page of entries.', schema: pageSchema(auditEntrySchema) } },
  },
  async handle(call) {
    const { size, offset: after = null, entity = null, entity_id: entityId = null } = call.query;
    const request = { workspace: call.scope, size, after, entity, entityId };
    const rows = await listAuditEntries(call.context.database.kysely, request);
    return { status: 200, body: buildPage(call, rows, printAuditEntry) };
  },
});

function printAuditEntry(row: AuditRow): PrintedAuditEntry {
  return {
    id: row.id,
    workspace: row.workspace,
    actor: row.actor,
    address: row.address,
    request_id: row.request_id,
    action: row.action,
    entity: row.entity,
    entity_id: row.entity_id,
    before: row.before,
    after: row.after,
    created_at: toEpochSeconds(row.created_at),
  };
}
