import { PRODUCT_VERSION, systemSchema } from '@eventhooks/contract';
import { countUndispatchedEvents, listProcesses, readStorage } from '@eventhooks/database';
import type { JobCounts } from '@eventhooks/queue';
import { apiError } from '../http/api-error.ts';
import type { Route } from '../http/route.ts';

/** A process that was last seen longer ago than this is taken for gone. */
const goneAfterMs = 30_000;

export const readSystemRoute: Route = {
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
    if (actor.workspace !== null) throw apiError('forbidden', 'The token opens one workspace, not the installation');
    const { database, queue, config } = context;
    const [processes, storage, undispatched, jobs] = await Promise.all([
      listProcesses(database),
      readStorage(database),
      countUndispatchedEvents(database.pool),
      queue.countJobs().catch(() => null),
    ]);
    const body = {
      version: PRODUCT_VERSION,
      processes: processes.map((seen) => ({ ...seen, is_alive: Date.now() - seen.seen_at.getTime() < goneAfterMs })),
      queue: {
        backend: config.queue.kind,
        jobs: jobs && Object.entries(jobs).map(([name, counts]) => ({ name, ...printJobs(counts) })),
      },
      undispatched_events: undispatched,
      postgresql: {
        version: storage.version,
        database_bytes: storage.databaseBytes,
        days: storage.days,
      },
    };
    return { status: 200, body };
  },
};

function printJobs({ waiting, active, delayed }: JobCounts): JobCounts {
  return { waiting, active, delayed };
}
