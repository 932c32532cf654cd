import { auditEntrySchema, pageSchema } from '@eventhooks/contract';
import { type AuditRow, listAuditEntries } from '@eventhooks/database';
import { z } from 'zod';
import { buildPage, pageQuerySchema, queryText, readPageRequest } from '../http/page.ts';
import type { Route } from '../http/route.ts';

export const listAuditRoute: Route = {
  method: 'get',
  path: '/audit',
  operation: 'listAudit',
  document: {
    summary: 'Read the audit log',
    description: 'Who changed what, newest first. Behind a workspace, the changes of that workspace.',
    tag: 'Audit',
    query: pageQuerySchema.extend({
      entity: z.string().optional().meta({ description: '`event_hooks`, `sources`, `tokens` or `workspaces`.' }),
      entity_id: z.string().optional(),
    }),
    responses: { 200: { description: 'A page of entries.', schema: pageSchema(auditEntrySchema) } },
    errors: [400],
  },
  async handle(call) {
    const page = readPageRequest(call);
    const rows = await listAuditEntries(call.context.database.kysely, {
      workspace: call.scope,
      ...page,
      entity: queryText(call, 'entity'),
      entityId: queryText(call, 'entity_id'),
    });
    return { status: 200, body: buildPage(call, page.size, rows, printAuditEntry) };
  },
};

function printAuditEntry({ created_at, ...row }: AuditRow): Record<string, unknown> {
  return { ...row, created_at: Math.floor(created_at.getTime() / 1000) };
}
