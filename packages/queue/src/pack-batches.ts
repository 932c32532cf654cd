export interface QueuedBatch {
  id: string;
  /** The number of its events. */
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
export function packBatches(batches: readonly QueuedBatch[]): string[][] {
  const jobs: string[][] = [];
  let events = 0;
  for (const batch of batches) {
    const current = jobs.at(-1);
    events += batch.events;
    if (current && events <= jobEvents && current.length < jobBatches) current.push(batch.id);
    else {
      jobs.push([batch.id]);
      events = batch.events;
    }
  }
  return jobs;
}
