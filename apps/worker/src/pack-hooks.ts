import type { DueHook } from '@eventhooks/database';

/** A hook with as many due deliveries gets as many jobs as one hook ever gets, so no more are counted. */
export const dueCounted = 400;
/** Deliveries that a job is meant for: hooks with few share one, a hook with many has two at once, for two workers. */
const jobDeliveries = 200;
/** Hooks of a job at most. */
const jobHooks = 100;

/**
 * Packs due hooks into jobs, in order, about `room` of them.
 *
 * @returns the jobs, and the last hook that is in one of them.
 */
export function packHooks(due: readonly DueHook[], room: number): { jobs: string[][]; last: string | null } {
  const jobs: string[][] = [];
  let job: string[] = [];
  let deliveries = 0;
  let last: string | null = null;
  for (const { hookId, due: count } of due) {
    if (jobs.length >= room) break;
    last = hookId;
    if (count >= dueCounted) jobs.push([hookId]);
    job.push(hookId);
    deliveries += count;
    if (deliveries < jobDeliveries && job.length < jobHooks) continue;
    jobs.push(job);
    job = [];
    deliveries = 0;
  }
  if (job.length > 0) jobs.push(job);
  return { jobs, last };
}
