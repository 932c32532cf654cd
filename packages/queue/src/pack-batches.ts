export interface QueuedBatch {
  id: string;
  /** The number of its events. */
  events: number;
}

/** The batches of one job, and the number of their events. */
export interface PackedBatches {
  batchIds: string[];
  events: number;
}

/** A job carries as many events as one large batch does … */
const jobEvents = 500;
/** … and no more batches than a worker dispatches at once. */
const jobBatches = 50;

/**
 * Groups batches into jobs, in order: every job costs the same whatever its size, and events published one by one
 * would otherwise cost one job each.
 */
export function packBatches(batches: readonly QueuedBatch[]): PackedBatches[] {
  const jobs: PackedBatches[] = [];
  for (const { id, events } of batches) {
    const current = jobs.at(-1);
    if (current && current.events + events <= jobEvents && current.batchIds.length < jobBatches) {
      current.batchIds.push(id);
      current.events += events;
    } else jobs.push({ batchIds: [id], events });
  }
  return jobs;
}
