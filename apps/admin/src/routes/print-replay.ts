import type { PrintedReplay } from '@eventhooks/contract';
import type { ReplayRow } from '@eventhooks/database';
import { toIsoOrNull } from './print-time.ts';

export function printReplay(row: ReplayRow): PrintedReplay {
  return {
    id: row.id,
    hook_id: row.hook_id,
    status: row.status,
    since: toIsoOrNull(row.since),
    until: row.until.toISOString(),
    of: row.scope,
    statuses: row.statuses,
    total: row.total,
    done: row.done,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
