import { DelayedError, type Job, type Processor } from 'bullmq';

/**
 * The version that every payload carries. It grows when a worker of the previous release would misread a payload. Such a
 * worker then leaves the job to others.
 */
export const payloadVersion = 1;

/** Batches of committed events to dispatch. */
export interface DispatchJob {
  version: number;
  batchIds: string[];
  /** The number of their events. Jobs of releases before 0.2 do not have it. */
  events?: number;
}
/** Hooks with due deliveries. The worker finds out which ones and how many can go when it takes the job. */
export interface DeliveryJob {
  version: number;
  hookIds: string[];
}
/** A hook test; an admin waits for its result. */
export interface HookTestJob {
  version: number;
  probeId: string;
}

/** The delay of a job that a worker does not understand, so that another worker takes it. */
const handOnMs = 500;

export class NewerPayloadError extends Error {
  override name = 'NewerPayloadError';
}

/**
 * Processes payloads up to `knownVersion`. A newer one goes back into the queue, for a worker that knows it. `onNewer` is
 * called once per newer version.
 */
export function understood<T extends { version: number }>(
  process: (job: T) => Promise<void>,
  knownVersion: number,
  onNewer: (error: NewerPayloadError) => void,
): Processor<T> {
  const told = new Set<number>();
  return async (job: Job<T>, token?: string): Promise<void> => {
    const { version } = job.data;
    if (version <= knownVersion) return process(job.data);
    if (!told.has(version)) {
      told.add(version);
      onNewer(
        new NewerPayloadError(
          `jobs of ${job.queueName} have payload version ${version}; this worker knows ${knownVersion} and leaves them to others`,
        ),
      );
    }
    await job.moveToDelayed(Date.now() + Math.round(handOnMs * (1 + Math.random())), token);
    throw new DelayedError();
  };
}
