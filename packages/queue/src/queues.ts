import type { Queue } from 'bullmq';
import pTimeout from 'p-timeout';
import { type BackendConnection, connectBackend, type QueueBackend } from './backend.ts';
import { type DeliveryJob, type DispatchJob, type HookTestJob, payloadVersion, understood } from './jobs.ts';
import { packBatches, type QueuedBatch } from './pack-batches.ts';
import type { MemoryUse } from './redis-info.ts';

export interface Processors {
  dispatch(job: DispatchJob): Promise<void>;
  deliver(job: DeliveryJob): Promise<void>;
  probe(job: HookTestJob): Promise<void>;
}

export const queueNames = ['dispatch', 'delivery', 'probe'] as const;
export type QueueName = (typeof queueNames)[number];
/** The numbers of jobs that wait, run, or wait for another try. */
export type JobCounts = Record<'waiting' | 'active' | 'delayed', number>;

export interface RunningWorkers {
  /** Takes no more jobs, and resolves when the running ones have ended. */
  close(): Promise<void>;
}

export interface EventQueue {
  /** Enqueues batches, several small ones in one job. Rejects within a second when the store does not take them. */
  enqueueBatches(batches: readonly QueuedBatch[]): Promise<void>;
  /** Enqueues hooks with due deliveries, one job per list. */
  enqueueBacklogs(lists: readonly string[][]): Promise<void>;
  enqueueHookTest(probeId: string): Promise<void>;
  work(processors: Processors, concurrency: Record<QueueName, number>): RunningWorkers;
  /** The shards of `dispatch` count together. */
  countJobs(): Promise<Record<QueueName, JobCounts>>;
  ping(): Promise<void>;
  /** Settings of the store by which jobs may be lost, as sentences. Rejects when the store does not answer. */
  findWarnings(): Promise<string[]>;
  /** The memory of the store's fullest server. Null: it does not tell, or is PostgreSQL. Rejects when it does not answer. */
  readMemory(): Promise<MemoryUse | null>;
  /**
   * Corrects times from a process whose clock ran ahead: until those times, they would hold up jobs. Call it
   * regularly.
   */
  undoClockJumps(): Promise<void>;
  close(): Promise<void>;
}

export interface QueueOptions {
  backend: QueueBackend;
  onError: (error: Error) => void;
  /** Called once for each warning that a connection brings; see `findWarnings`. */
  onWarning?: (warning: string) => void;
  /** The payload version to write and understand. Tests pass that of another release. */
  version?: number;
}

/** The longest that a publisher or the scheduler waits for the queue. */
const enqueueDeadlineMs = 1_000;

export class QueueUnreachableError extends Error {
  override name = 'QueueUnreachableError';
}

/** Opens the queues. Redis need not be there yet. */
export async function openQueue({
  backend,
  onError,
  onWarning = () => {},
  version = payloadVersion,
}: QueueOptions): Promise<EventQueue> {
  const { shards } = backend;
  const connection = await connectBackend(backend, onError, onWarning);
  const dispatch = Array.from({ length: shards }, (_, shard) => connection.makeQueue<DispatchJob>('dispatch', shard));
  const delivery = connection.makeQueue<DeliveryJob>('delivery', 0);
  const probe = connection.makeQueue<HookTestJob>('probe', 0);
  const all = [...dispatch, delivery, probe];
  for (const queue of all) queue.on('error', onError);
  const nextShard = rotate(dispatch);

  const enqueue = async (add: () => Promise<unknown>): Promise<void> => {
    if (!connection.isReachable()) throw new QueueUnreachableError('the queue is not connected');
    await answerSoon(add());
  };
  return {
    enqueueBatches: (batches) =>
      enqueue(() =>
        Promise.all(packBatches(batches).map((packed) => nextShard().add('dispatch', { version, ...packed }))),
      ),
    enqueueBacklogs: (lists) =>
      enqueue(() => delivery.addBulk(lists.map((hookIds) => ({ name: 'deliver', data: { version, hookIds } })))),
    enqueueHookTest: (probeId) =>
      enqueue(() => probe.add('probe', { version, probeId }, { jobId: probeId, attempts: 1 })),
    work: (processors, concurrency) => startWorkers({ connection, shards, onError, version, processors, concurrency }),
    async countJobs() {
      const counts = await Promise.all([dispatch, [delivery], [probe]].map(countTogether));
      const [ofDispatch = none, ofDelivery = none, ofProbe = none] = counts;
      return { dispatch: ofDispatch, delivery: ofDelivery, probe: ofProbe };
    },
    ping: () => answerSoon(connection.ping()),
    findWarnings: () => answerSoon(connection.findWarnings()),
    readMemory: () => answerSoon(connection.readMemory()),
    undoClockJumps: () => connection.undoClockJumps(),
    async close() {
      await Promise.all(all.map((queue) => queue.close().catch(onError)));
      await connection.close();
    },
  };
}

interface WorkOptions extends Required<Omit<QueueOptions, 'backend' | 'onWarning'>> {
  connection: BackendConnection;
  shards: number;
  processors: Processors;
  concurrency: Record<QueueName, number>;
}

function startWorkers({ connection, shards, onError, version, processors, concurrency }: WorkOptions): RunningWorkers {
  const perShard = Math.ceil(concurrency.dispatch / shards);
  const dispatch = understood(processors.dispatch, version, onError);
  const workers = [
    ...Array.from({ length: shards }, (_, shard) => connection.makeWorker('dispatch', shard, dispatch, perShard)),
    connection.makeWorker('delivery', 0, understood(processors.deliver, version, onError), concurrency.delivery),
    connection.makeWorker('probe', 0, understood(processors.probe, version, onError), concurrency.probe),
  ];
  for (const worker of workers) {
    worker.on('error', onError);
    worker.on('failed', (_job, error) => onError(error));
  }
  return {
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

/** Returns the items in turn. It begins with a random one, so that processes that enqueue little do not all choose the first. */
function rotate<T>(all: readonly T[]): () => T {
  let next = Math.floor(Math.random() * all.length);
  return () => {
    const item = all[next % all.length];
    next += 1;
    if (item === undefined) throw new Error('there is at least one shard');
    return item;
  };
}

const none: JobCounts = { waiting: 0, active: 0, delayed: 0 };

async function countTogether(queues: readonly Queue[]): Promise<JobCounts> {
  const sum = { ...none };
  for (const counts of await Promise.all(queues.map((queue) => queue.getJobCounts('waiting', 'active', 'delayed')))) {
    for (const state of ['waiting', 'active', 'delayed'] as const) sum[state] += counts[state] ?? 0;
  }
  return sum;
}

function answerSoon<T>(work: Promise<T>): Promise<T> {
  // An error made beforehand would cost each job a stack trace.
  const fallback = (): never => {
    throw new QueueUnreachableError(`no answer within ${enqueueDeadlineMs} ms`);
  };
  return pTimeout(work, { milliseconds: enqueueDeadlineMs, fallback });
}
