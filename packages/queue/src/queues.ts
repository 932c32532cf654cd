import { type Job, UnrecoverableError } from 'bullmq';
import { connectBackend, type QueueBackend } from './backend.ts';
import { type OfferedBatch, packBatches } from './pack-batches.ts';

/** Batches of committed events to dispatch. */
export interface DispatchJob {
  version: 1;
  batchIds: string[];
}
/** A page of due deliveries, with the lease it was taken under. */
export interface DeliveryJob {
  version: 1;
  ids: string[];
  lease: string;
}
/** A ping or test that an admin waits for. */
export interface ProbeJob {
  version: 1;
  probeId: string;
}

export interface Processors {
  dispatch(job: DispatchJob): Promise<void>;
  deliver(job: DeliveryJob): Promise<void>;
  probe(job: ProbeJob): Promise<void>;
}

export const queueNames = ['dispatch', 'delivery', 'probe'] as const;
export type QueueName = (typeof queueNames)[number];
/** How many jobs wait, run, and wait for another try. */
export type JobCounts = Record<'waiting' | 'active' | 'delayed', number>;

export interface RunningWorkers {
  /** Takes no more jobs, and resolves when those begun have ended. */
  close(): Promise<void>;
}

export interface EventQueue {
  /** Offers batches for dispatch, several small ones in one job. Rejects within `enqueueDeadlineMs` when the store does not take them. */
  offerBatches(batches: readonly OfferedBatch[]): Promise<void>;
  offerDeliveries(page: Omit<DeliveryJob, 'version'>): Promise<void>;
  offerProbe(probeId: string): Promise<void>;
  work(processors: Processors, concurrency: Record<QueueName, number>): RunningWorkers;
  countJobs(): Promise<Record<QueueName, JobCounts>>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** No publisher and no scheduler waits longer for the queue. */
const enqueueDeadlineMs = 1_000;
const payloadVersion = 1;
export class QueueUnreachableError extends Error {
  override name = 'QueueUnreachableError';
}

/** Opens the three queues. Nothing waits for the store to be there: it may start later. */
export function openQueue(backend: QueueBackend, onError: (error: Error) => void): EventQueue {
  const connection = connectBackend(backend, onError);
  const dispatch = connection.makeQueue<DispatchJob>('dispatch');
  const delivery = connection.makeQueue<DeliveryJob>('delivery');
  const probe = connection.makeQueue<ProbeJob>('probe');
  const all = [dispatch, delivery, probe];
  for (const queue of all) queue.on('error', onError);

  const enqueue = async (add: () => Promise<unknown>): Promise<void> => {
    if (!connection.isReachable()) throw new QueueUnreachableError('the queue is not connected');
    await withDeadline(add(), enqueueDeadlineMs);
  };
  return {
    offerBatches: (batches) =>
      enqueue(() =>
        Promise.all(
          packBatches(batches).map((batchIds) => dispatch.add('dispatch', { version: payloadVersion, batchIds })),
        ),
      ),
    offerDeliveries: (page) => enqueue(() => delivery.add('deliver', { version: payloadVersion, ...page })),
    offerProbe: (probeId) =>
      enqueue(() => probe.add('probe', { version: payloadVersion, probeId }, { jobId: probeId, attempts: 1 })),
    work(processors, concurrency) {
      const workers = [
        connection.makeWorker<DispatchJob>('dispatch', understood(processors.dispatch), concurrency.dispatch),
        connection.makeWorker<DeliveryJob>('delivery', understood(processors.deliver), concurrency.delivery),
        connection.makeWorker<ProbeJob>('probe', understood(processors.probe), concurrency.probe),
      ];
      for (const worker of workers) worker.on('error', onError);
      return {
        async close() {
          await Promise.all(workers.map((worker) => worker.close()));
        },
      };
    },
    async countJobs() {
      const counts = await Promise.all(all.map((queue) => queue.getJobCounts('waiting', 'active', 'delayed')));
      const countsOf = (index: number): JobCounts => ({
        waiting: counts[index]?.waiting ?? 0,
        active: counts[index]?.active ?? 0,
        delayed: counts[index]?.delayed ?? 0,
      });
      return { dispatch: countsOf(0), delivery: countsOf(1), probe: countsOf(2) };
    },
    ping: () => withDeadline(connection.ping(), enqueueDeadlineMs),
    async close() {
      await Promise.all(all.map((queue) => queue.close().catch(onError)));
      await connection.close();
    },
  };
}

/** A payload newer than this worker knows is refused for good here; the scheduler offers the work again to others. */
function understood<T extends { version: number }>(process: (job: T) => Promise<void>) {
  return async (job: Job<T>): Promise<void> => {
    if (job.data.version > payloadVersion) {
      throw new UnrecoverableError(
        `job ${job.id} has payload version ${job.data.version}; this worker knows ${payloadVersion}`,
      );
    }
    await process(job.data);
  };
}

async function withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new QueueUnreachableError(`no answer within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
