import { PRODUCT_VERSION, type PrintedSystem, systemSchema, WAITING_COUNTED } from '@eventhooks/contract';
import {
  type ArchiveState,
  countPaused,
  countUndispatchedEvents,
  listProcesses,
  readArchiveState,
  readStorage,
  type SeenProcess,
} from '@eventhooks/database';
import type { JobCounts } from '@eventhooks/queue';
import type { Actor } from '../auth/actor.ts';
import { apiError } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';
import { toIsoOrNull } from './print-time.ts';

/** A process that was seen longer ago than this counts as gone. */
const goneAfterMs = 30_000;

export const readSystemRoute = defineRoute({
  method: 'get',
  path: '/system',
  operation: 'readSystem',
  document: {
    summary: 'See the installation',
    description: 'Its processes, queues, storage and versions. Closed to tokens of one workspace.',
    tag: 'System',
    responses: { 200: { description: 'The installation.', schema: systemSchema } },
  },
  async handle({ context, actor }) {
    requireInstallation(actor);
    const { database, queue, config } = context;
    const [processes, storage, undispatched, paused, archive, jobs, warnings] = await Promise.all([
      listProcesses(database),
      readStorage(database),
      countUndispatchedEvents(database.pool),
      countPaused(database.pool, WAITING_COUNTED),
      readArchiveState(database),
      queue.countJobs().catch(() => null),
      queue.findWarnings().catch(() => []),
    ]);
    const body: PrintedSystem = {
      version: PRODUCT_VERSION,
      processes: processes.map(printProcess),
      queue: {
        backend: config.queue.kind,
        jobs: jobs && Object.entries(jobs).map(([name, counts]) => printJobs(name, counts)),
        warnings,
      },
      undispatched_events: undispatched,
      paused,
      postgresql: {
        version: storage.version,
        database_bytes: storage.databaseBytes,
        days: storage.days,
      },
      archive: archive && printArchive(archive),
    };
    return { status: 200, body };
  },
});

/** @throws where the token is bound to a workspace. */
export function requireInstallation(actor: Actor): void {
  if (actor.workspace !== null) throw apiError('forbidden', 'The token opens one workspace, not the installation');
}

function printProcess(seen: SeenProcess): PrintedSystem['processes'][number] {
  const { id, kind, host, pid, version, node, is_scheduler, started_at, seen_at } = seen;
  return {
    id,
    kind,
    host,
    pid,
    version,
    node,
    is_scheduler,
    is_alive: Date.now() - seen_at.getTime() < goneAfterMs,
    started_at: started_at.toISOString(),
    seen_at: seen_at.toISOString(),
  };
}

function printArchive({ last_day, days_waiting, error, failing_since, updated_at }: ArchiveState) {
  const failingSince = toIsoOrNull(failing_since);
  return { last_day, days_waiting, error, failing_since: failingSince, checked_at: updated_at.toISOString() };
}

function printJobs(name: string, { waiting, active, delayed }: JobCounts) {
  return { name, waiting, active, delayed };
}
