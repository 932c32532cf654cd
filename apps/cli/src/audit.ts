import { isRecord } from './api.ts';
import { formatCount, formatTable, formatTime, plain } from './output.ts';
import type { Session } from './session.ts';

export interface AuditOptions {
  entity?: 'deliveries' | 'event_hooks' | 'inbound_endpoints' | 'replays' | 'sources' | 'tokens' | 'workspaces';
  entityId?: string;
  limit: number;
}

/** Lists who changed what, newest first. */
export async function listAudit({ api, output }: Session, options: AuditOptions): Promise<void> {
  const entries = await api.all('GET /audit', { entity: options.entity, entity_id: options.entityId }, options.limit);
  output.result(entries, () =>
    formatTable(
      ['time', 'by', 'from', 'action', 'entity', 'changed'],
      entries.map(({ created_at, actor, address, action, entity, entity_id, before, after }) => [
        formatTime(created_at),
        plain(actor),
        plain(address),
        plain(bulkOf(entity, before, after)?.action ?? action),
        plain(bulkOf(entity, before, after)?.name ?? `${entity} ${nameOf(after) ?? nameOf(before) ?? entity_id}`),
        action === 'update' ? plain(listChanged(before, after).join(', ')) : '',
      ]),
    ),
  );
}

/** A step of `POST /deliveries/bulk`, whose entity's id names nothing. */
function bulkOf(entity: string, before: unknown, after: unknown): { action: string; name: string } | null {
  if (entity !== 'deliveries' || before !== null || !isRecord(after) || typeof after.action !== 'string') return null;
  return { action: after.action, name: formatCount(Number(after.count), 'delivery', 'deliveries') };
}

function nameOf(entity: unknown): string | null {
  return isRecord(entity) && typeof entity.name === 'string' ? entity.name : null;
}

/** The names of the fields whose values differ, and the paths of secrets that were changed: their values are not in the log. */
function listChanged(before: unknown, after: unknown): string[] {
  const [old, current] = [before, after].map((value) => new Map(Object.entries(Object(value))));
  const names = new Set([...(old?.keys() ?? []), ...(current?.keys() ?? [])]);
  const secrets: unknown = current?.get('secrets_changed');
  const shown = [...names].filter(
    (name) =>
      name !== 'updated_at' &&
      name !== 'secrets_changed' &&
      JSON.stringify(old?.get(name)) !== JSON.stringify(current?.get(name)),
  );
  return [...shown, ...(Array.isArray(secrets) ? secrets.map(String) : [])];
}
